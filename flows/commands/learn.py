"""``torikomi learn``: what people decided at this office becomes its own trust, words and
confusions; and can be undone."""

from __future__ import annotations

import datetime as dt
import getpass
from collections.abc import Iterator
from pathlib import Path

import click

from flows.composition import open_site
from flows.console import JapaneseCommand, site_option
from flows.definitions import Definitions
from flows.learning import (
    FEWEST,
    Kept,
    Lesson,
    Source,
    events_of,
    in_force,
    outdated,
    same_knowledge,
    study,
    undone,
)
from initiatives.madeup import is_made_up
from ocr.office.taught import BANK, BRANCH, GIVEN, PERSONAL, PLACE, SURNAME, Learned
from ocr.trust.refitting import DECISIONS, DOCUMENTS, EITHER, Judged
from records.errors import DefinitionError
from records.journal import Journal

GROUPS = {
    "number": "数字",
    "date": "日付・時刻",
    "kana": "フリガナ",
    "name": "氏名",
    "bank": "口座",
    "text": "文字・住所",
    "lines": "自由記述",
    "mark": "印・選択",
    "empty": "空欄",
}
ROLES = {SURNAME: "姓", GIVEN: "名", PLACE: "地名・建物名", BANK: "銀行", BRANCH: "支店"}
_EXAMPLES = 5
_REASONS = {
    "few": f"まだ少ない(確認{DECISIONS}件・文書{DOCUMENTS}件、正しい値と誤った値が各{EITHER}件から)",
    "loss": "標準のモデルより確かにはならない",
    "wrong": "目視しない値の誤りが増える",
    "unseen": "目視しない値が減る",
}


@click.command(cls=JapaneseCommand)
@click.option("--show", is_flag=True, help="今使っている学習の内容を表示します")
@click.option("--undo", is_flag=True, help="一つ前の版に戻します(版はすべて残ります)")
@site_option
def learn(show: bool, undo: bool, site: Path) -> None:
    """職員の確認と訂正から、この役所の信頼度・語・読み違いを学習します。標準より悪くならないことを確かめてから使います。

    表示する姓名の例は伏せ字にします。内容はサイトの work/learned に保存し、外へは送りません。
    """
    if show and undo:
        raise click.UsageError("--show と --undo は一緒に使えません")
    with open_site(site) as office:
        definitions = office.definitions
        kept = Kept(office.site)
        if show:
            lines = list(shown(kept))
        elif undo:
            lines = take_back(kept, office.journal)
        else:
            lines = take_up(definitions, kept, office.journal)
    click.echo("\n".join(lines))


def take_up(definitions: Definitions, kept: Kept, journal: Journal) -> list[str]:
    """Learn, and put it in force where it is anything new; Japanese lines of what became of it."""
    if is_made_up(journal):
        raise DefinitionError("この台帳は見本の架空データです。学習はしません", path=kept.folder)
    lesson = study(definitions, journal)
    if lesson.source.fields < FEWEST:
        return [
            f"確認済みの値が {lesson.source.fields} 件しかないので、まだ"
            f"学習しません({FEWEST} 件から)。今のままにします。"
        ]
    complaints: list[str] = []
    trust, learned = in_force(kept, complaints.append)
    if same_knowledge(lesson, Lesson(lesson.source, trust, (), learned)) and not complaints:
        return [*told(lesson), "", "今使っている内容と変わらないので、そのままにします。"]
    before = 0 if complaints else kept.number()
    version = kept.add(lesson, before, dt.datetime.now(dt.UTC))
    journal.chain.append(
        "learned", at=version.made_at, actor=getpass.getuser(), payload=events_of(version)
    )
    kept.put_in_force(version.number)
    return [
        *told(lesson),
        "",
        f"第{version.number}版として使い始めました(次に読む文書から)。戻すには torikomi learn --undo",
    ]


def take_back(kept: Kept, journal: Journal) -> list[str]:
    """Put the version before in force."""
    number = kept.number()
    if not number:
        return ["学習した内容は使っていません(標準のモデルです)。戻すものはありません。"]
    before = undone(kept)
    journal.chain.append(
        "unlearned",
        at=dt.datetime.now(dt.UTC),
        actor=getpass.getuser(),
        payload={"version": number, "before": before},
    )
    kept.put_in_force(before)
    now = f"第{before}版" if before else "標準のモデル"
    return [
        f"第{number}版をやめ、{now}に戻しました(次に読む文書から)。",
        f"版のファイルは {kept.folder} に残っています。",
    ]


def shown(kept: Kept) -> Iterator[str]:
    """What is in force."""
    number = kept.number()
    if not number:
        yield "学習した内容は使っていません(標準のモデルです)。torikomi learn で学習します。"
        return
    version = kept.load(number)
    yield (
        f"第{number}版({version.made_at.astimezone():%Y-%m-%d %H:%M} に学"
        f"習)を使っています。前の版: {version.before or '標準'}"
    )
    yield from told(version.lesson)
    if outdated(version):
        yield "※ プログラムの更新で標準のモデルが変わったため、信頼度は標準のものを使っています。"
        yield "  torikomi learn をもう一度実行してください。"
    yield f"もとにした確認の照合番号: {version.lesson.source.sha256[:16]}"


def told(lesson: Lesson) -> list[str]:
    """What a run learned, for people; words that name persons are masked."""
    return [_source(lesson.source), "", *_trust(lesson), "", *_words(lesson.learned)]


def _source(source: Source) -> str:
    return (
        f"職員が決めた値 {source.fields:,} 件(文書 {source.documents:,} 件。うち、目視しない値から無作為に抽出したもの "
        f"{source.drawn:,} 件)から学習しました。"
    )


def _trust(lesson: Lesson) -> Iterator[str]:
    yield "信頼度(取っておいた文書で標準と比べた値。標準 → 学習後):"
    if not lesson.judged:
        yield "  比べられる読み取りがありません。標準のまま"
    for one in lesson.judged:
        yield f"  {GROUPS.get(one.group, one.group)}: {_verdict(one)}"


def _verdict(one: Judged) -> str:
    if one.reason == "few":
        return f"標準のまま — {_REASONS['few']}。今は {one.readings} 件・文書 {one.documents} 件"
    figures = (
        f"対数損失 {one.loss[0]:.4f} → {one.loss[1]:.4f}、目視しない値 {one.unseen[0]:,.0f} → {one.unseen[1]:,.0f}、"
        f"そのうち誤り {one.wrong[0]:,.0f} → {one.wrong[1]:,.0f}({one.readings} 件・文書 {one.documents} 件)"
    )
    if one.taken:
        return f"合わせ直しました — {figures}"
    return f"標準のまま({_REASONS[one.reason]}) — {figures}"


def _words(learned: Learned) -> Iterator[str]:
    if not learned:
        yield "語と読み違い: 繰り返し出てくるものは、まだありません。"
        return
    for role, found in learned.words.items():
        examples = sorted(found, key=lambda w: -found[w])[:_EXAMPLES]
        if role in PERSONAL:
            examples = [mask_word(word) for word in examples]
        yield f"  {_title(role)} {len(found)} 語: {'、'.join(examples)}{' ほか' if len(found) > _EXAMPLES else ''}"
    pairs = []
    for group, of_group in learned.confusions.items():
        pairs += [(group, pair, confusion) for pair, confusion in of_group.items()]
    pairs.sort(key=lambda p: -p[2].documents)
    examples = [
        f"{GROUPS.get(g, g)}の「{a}」→「{b}」({c.documents}文書)"
        for g, (a, b), c in pairs[:_EXAMPLES]
    ]
    if pairs:
        yield f"  読み違い {len(pairs)} 組: {'、'.join(examples)}{' ほか' if len(pairs) > _EXAMPLES else ''}"


def _title(role: str) -> str:
    return ROLES.get(role) or f"「{role.removeprefix('text:')}」の語"


def mask_word(word: str) -> str:
    """A surname or given name with all but its first letter masked; one letter is masked whole."""
    if len(word) > 1:
        return word[0] + "●" * (len(word) - 1)
    return "●"
