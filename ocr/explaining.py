"""What a page is taken for, and why, in Japanese: for ``torikomi explain``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ocr.place.align import Aligned
from ocr.place.found_sheets import PageLook, Rule
from ocr.refusing import Refusing
from records.forms import FormDef


def told(look: PageLook, rule: Rule, refusing: Refusing) -> Iterator[str]:
    """What was found on a page, for ``torikomi explain``."""
    if look.stretch is not None:
        yield (
            "  画素が正方形でないページです(解像度の情報がないFAXなど)。"
            f"横{look.stretch[0]:.2f}倍、縦{look.stretch[1]:.2f}倍に直して見ました"
        )
    chosen = [sheet.aligned for sheet in look.sheets]
    strange = [aligned for aligned in look.strange if aligned not in look.ranked]
    further = [aligned for aligned in (*chosen, *strange) if aligned not in look.ranked]
    for aligned in (*look.ranked, *further):
        yield f"  {_verdict(aligned, aligned in chosen, rule, refusing.forms)}"
    if not look.ranked:
        yield "  登録された様式のどれとも目印が合いません"
    for sheet in look.sheets:
        if sheet.choice.alike:
            yield f"  {refusing.titles(sheet)}のどれか、印刷からは決められません"
    if len(look.sheets) > 1:
        yield f"  このページには用紙が{len(look.sheets)}枚あります。1枚ずつ読み取ります"
    if look.beside:
        yield "  読み取れる用紙のほかにも印刷があります。その部分は人に回します"


def _verdict(aligned: Aligned, chosen: bool, rule: Rule, forms: Mapping[str, FormDef]) -> str:
    form = forms[aligned.blank.form]
    if chosen:
        verdict = "読み取れます"
    elif not rule.like(aligned):
        verdict = "合いません"
    elif not rule.fits(aligned):
        verdict = "似ていますが、枠の位置が合いません(様式の版が違うようです)"
    else:
        verdict = "似ていますが、ほかの様式のほうが合います"
    return (
        f"「{form.title}」({form.id} 第{form.version}版 {aligned.blank.page}ページ目): "
        f"合致度 {aligned.fit:.2f}、目印 {aligned.inliers}点 → {verdict}"
    )
