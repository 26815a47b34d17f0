"""Why pages are not read: one Japanese line each, with what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ocr.place.align import Aligned
from ocr.place.blank import closed_message
from ocr.place.found_sheets import Lying, PageLook
from records.errors import DocumentError
from records.forms import FormDef
from records.refusal import Refusal
from records.types import Page

BESIDES = ("blank", "beside", "attachment", "cover")
"""Why a page, or a part of it, is no sheet's page: a sheet of several pages goes on over it."""


@dataclass(frozen=True, slots=True)
class Refusing:
    """Makes the refusals of one office.

    Attributes:
        forms: by id.
        closed: forms of which a blank cannot be used, with the reason.
    """

    forms: Mapping[str, FormDef]
    closed: Mapping[str, str]

    def blank(self, page: Page, path: Path) -> Refusal:
        """A page on which nothing is."""
        message = (
            f"「{path.name}」の{page.number}ページ目は白紙です。"
            "裏面でなければ、スキャンし直してください"
        )
        return _refused("blank", message, page, path)

    def cover(self, page: Page, path: Path) -> Refusal:
        """The cover sheet of a FAX."""
        message = (
            f"「{path.name}」の{page.number}ページ目は送付状のようです。読み取っていません。"
            "用件が書かれていないか、用紙を見て確認してください"
        )
        return _refused("cover", message, page, path)

    def titles(self, sheet: Lying) -> str:
        """The forms that a sheet fits alike."""
        forms = [self.forms[a.blank.form] for a in (sheet.aligned, *sheet.choice.alike)]
        return "".join(f"「{form.title}」(第{form.version}版)" for form in forms)

    def alike(self, page: Page, path: Path, sheet: Lying) -> Refusal:
        """A sheet that fits several forms alike."""
        message = (
            f"「{path.name}」の{page.number}ページ目は{self.titles(sheet)}のどれにも同じように合い、"
            "どの様式か決められません。様式ごとのフォルダーに入れ直すか、手で処理してください"
        )
        error = DocumentError("alike", message, path=path, pages=(page.number,))
        return Refusal((page.number,), error, sheet.aligned.blank.form, sheet.aligned.fit)

    def beside(self, page: Page, path: Path, look: PageLook) -> Refusal:
        """Print beside the sheets that were read."""
        titles = "".join(f"「{self.forms[s.aligned.blank.form].title}」" for s in look.sheets)
        message = (
            f"「{path.name}」の{page.number}ページ目には、読み取った{titles}のほかにも印刷されたもの"
            "(別の用紙や貼り紙など)があります。その部分は読み取っていないので、原本を見て処理してください"
        )
        return Refusal(
            (page.number,), DocumentError("beside", message, path=path, pages=(page.number,))
        )

    def other_version(self, page: Page, path: Path, aligned: Aligned) -> Refusal:
        """A sheet that is like a form, and whose frames lie elsewhere."""
        form = self.forms[aligned.blank.form]
        message = (
            f"「{path.name}」の{page.number}ページ目は「{form.title}」(第{form.version}版)に似ていますが、枠の位置が合いません。"
            "様式の版が違うか、別の紙が重なっているようです。新しい版なら登録し、そうでなければ手で処理してください"
        )
        error = DocumentError("no_form", message, path=path, pages=(page.number,))
        return Refusal((page.number,), error, form.id, aligned.fit)

    def no_form(self, page: Page, path: Path, ranked: Sequence[Aligned]) -> Refusal:
        """A page that no form fits; ``ranked`` are the nearest."""
        nearest, score, near = "", 0.0, ""
        if ranked:
            nearest, score = ranked[0].blank.form, ranked[0].fit
            near = f"(最も近い様式は「{self.forms[nearest].title}」ですが、合致度は{score:.2f}です)"
        message = (
            f"「{path.name}」の{page.number}ページ目に合う様式がありません{near}。"
            "様式を登録するか、手で処理してください。理由は torikomi explain で見られます"
        )
        if self.closed:
            titles = "」「".join(self.forms[form].title for form in self.closed)
            message += f"。白紙が読めないため止めている様式「{titles}」の用紙かもしれません"
        return Refusal(
            (page.number,),
            DocumentError("no_form", message, path=path, pages=(page.number,)),
            nearest,
            score,
        )

    def closed_error(self, form: str, pages: tuple[int, ...] = ()) -> DocumentError:
        """A sheet of a form whose blank cannot be used."""
        message = (
            f"{closed_message(self.forms[form], self.closed[form])}。"
            "直したあと、torikomi retry で読み直せます"
        )
        return DocumentError("closed", message, pages=pages)


def _refused(
    code: str, message: str, page: Page, path: Path, nearest: str = "", score: float = 0.0
) -> Refusal:
    error = DocumentError(code, message, path=path, pages=(page.number,))
    return Refusal((page.number,), error, nearest, score)
