"""``torikomi review``: one doubtful field after another in the terminal, with the seconds of
attention measured."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import getpass
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from desk.answers import Answer, against, against_whole, answer
from desk.candidates import candidates, differences, options_of
from flows.composition import open_site
from flows.console import JapaneseCommand, ask, site_option
from flows.definitions import Definitions
from flows.terminalpages import Pages
from flows.terminalreview import attention, where, where_at
from records.codec import mask_in, show
from records.forms import FieldDef, FormDef
from records.journal import Journal, RecordRow
from records.journal.verdicts import WHOLE
from records.mynumber import mask_my_number
from records.types import Decision, Field, Value
from records.written import written

_RESERVED_SECONDS = 900.0
_LONE = 200  # sheets without their other page, looked at after all others
_LETTERS = "abcdefghijklmnoprstuvwxz"  # not digits: "3" may be the value; q ends, y confirms
_KEYS = "Enter=このまま  a,b…=候補  値を打つ=訂正  - =空欄  ? =読めない(申請者に確認)  ! =様式違い  q=終わる"
_WHOLE_ALONE = "Enter=この読み方でよい  ! =様式違い  q=終わる"
_WHOLE_HALF = "番号=つなぐ  Enter=あとで  ? =申請者に確認(差し戻し)  ! =様式違い  q=終わる"
_WHOLE_LIKE = "y=別の用紙として両方を転記  ! =様式違い  q=終わる"
_WHOLE_PLACED = "Enter=用紙を見て確認した  ? =申請者に確認  ! =様式違い  q=終わる"


@click.command(cls=JapaneseCommand)
@click.option("--form", default="", metavar="様式ID", help="この様式だけを確認します")
@click.option("--who", default="", metavar="名前", help="確認する人(省略時はログイン名)")
@site_option
def review(form: str, who: str, site: Path) -> None:
    """機械が迷った値だけを一つずつ表示し、答えを記録します。かかった時間も測ります。"""
    with open_site(site) as office:
        person = who or getpass.getuser()
        desk = Desk(office.definitions, office.journal, person)
        done = desk.work(form or None)
        left = office.journal.tallies.counts().records["waiting"]
    click.echo(
        f"{done} 項目を確認しました。"
        + (f"残りは {left} 枚です。" if left else "確認待ちはもうありません。")
    )
    click.echo("転記は次の torikomi run(または動いている torikomi watch)で行われます。")


class Quit(Exception):
    """The person has enough."""


class Later(Exception):
    """The sheet waits for its missing page."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One person at the terminal.

    Attributes:
        ask: shows a prompt and returns what was typed.
        clock: monotonic seconds.
        decided: names of the fields that were decided.
    """

    definitions: Definitions
    journal: Journal
    who: str
    ask: Callable[[str], str] = ask
    clock: Callable[[], float] = time.monotonic
    decided: list[str] = dataclasses.field(default_factory=list)

    def work(self, form: str | None) -> int:
        """Go through what waits until nothing is left or the person quits; returns the number of
        fields decided."""
        held: list[str] = []
        try:
            while found := self.journal.reviews.reserve(
                self.who, 1, _RESERVED_SECONDS, _now(), form=form
            ):
                held = [found[0].id]
                self._sheet(found[0])
            forms = [form] if form else None
            for lone in self.journal.joins.lone(forms, _LONE):
                held = [lone.id]
                for row in self.journal.reviews.reserve(
                    self.who, 1, _RESERVED_SECONDS, _now(), only=lone.id
                ):
                    with contextlib.suppress(Later):
                        self._sheet(row)
                self.journal.reviews.unreserve(self.who, held)
        except Quit:
            pass
        finally:
            self.journal.reviews.unreserve(
                self.who, held
            )  # Ctrl+C too: nobody shall wait for somebody who has gone
        return len(self.decided)

    def _sheet(self, row: RecordRow) -> None:
        form = self.definitions.forms.get(row.line.form)
        if form is None:
            click.echo(
                f"様式「{row.line.form}」がサイトにないため確認できません({row.line.file})。様式を戻してからやり直してください。"
            )
            raise Quit
        pages = "、".join(map(str, row.line.pages))
        line = row.line
        click.echo(
            f"\n■ {form.title}  {line.file} {pages}ページ  受付 "
            f"{line.received_on}  確認 {len(line.open)} 項目"
        )
        names = row.line.open
        reading = row.line.reading
        for number, name in enumerate(names, 1):
            if name in row.line.open:  # an answer may have settled others
                place = f"{number}/{len(names)}"
                row = self._field(row, form, name, place)
            if row.state == "returned":
                click.echo(f"  → 差し戻しました: {row.line.reason}")
                break
            if row.state == "dropped":
                click.echo(f"  → {row.line.reason}")
                break
            if row.line.reading != reading:  # joined or parted: it comes again as it is now
                break

    def _field(self, row: RecordRow, form: FormDef, name: str, count: str) -> RecordRow:
        """Ask about one field until it is decided; returns the record as it stands then."""
        begun = self.clock()
        if name == WHOLE:
            pages = Pages.of(self.definitions, self.journal, row, self.who)
            verdict, value = self._ask_whole(row, count, pages)
            changed = self._pages_changed(pages, verdict, begun)
            if changed is not None:
                self.decided.append(name)
                return changed
            if not verdict:
                raise Later
            before: Value = None
        else:
            field = row.record.fields[name]
            made = form.fields[name]
            choices = self._choices(row, field, made)
            for line in field_lines(field, made, count, choices):
                click.echo(line)
            verdict, value = self._ask_field(row, form, field, made, choices)
            before = field.value
        seconds = attention(begun, self.clock())
        decision = Decision(row.id, name, before, value, verdict, self.who, _now(), seconds)  # type: ignore[arg-type]
        row = self.journal.reviews.decide(decision)
        self.decided.append(name)
        return row

    def _pages_changed(self, pages: Pages, typed: str, begun: float) -> RecordRow | None:
        """The sheet after its pages were joined or parted, where that was what the person typed."""
        spent = attention(begun, self.clock())
        return pages.act(typed, _now(), spent)

    def _ask_whole(self, row: RecordRow, count: str, pages: Pages) -> tuple[str, Value]:
        click.echo(f"  [{count}] 用紙全体")
        for problem in row.record.problems:
            click.echo(f"      理由: {mask_my_number(problem.message)}")
            for place in problem.places:
                click.echo(f"      場所: {where_at(place)}")
        for line in pages.lines():
            click.echo(line)
        half = row.as_read.is_half
        kept_by = "y" if against_whole(row) else ""
        answers = _WHOLE_PLACED if row.record.places else _WHOLE_ALONE
        if kept_by:
            answers = _WHOLE_LIKE
        if half:
            answers = _WHOLE_HALF
        while True:
            typed = self.ask(f"  {answers} > ").strip()
            if typed == "q":
                raise Quit
            if not typed and half:
                return "", None
            if typed in pages.keys:
                return typed, None
            if typed in ("?", "？") and (row.record.places or half):
                return "unreadable", None
            if typed in ("!", "！"):
                return "wrong_form", None
            if typed.lower() == kept_by:
                return "accept", None

    def _choices(self, row: RecordRow, field: Field, made: FieldDef) -> tuple[str, ...]:
        office = self.definitions.site.office.on(row.line.received_on)
        texts = options_of(made) or candidates(field, made, office)
        return texts[: len(_LETTERS)]

    def _ask_field(
        self, row: RecordRow, form: FormDef, field: Field, made: FieldDef, choices: tuple[str, ...]
    ) -> tuple[str, Value]:
        office = self.definitions.site.office
        while True:
            typed = self.ask("  > ").strip()
            if not typed:
                problems = against(form, row, field.name, office)
                kept = Answer(field.value, problems)
                if not kept.problems or self._insists(kept, made):
                    return "accept", field.value
                continue
            if typed in _SPECIAL:
                return _SPECIAL[typed](field)
            if typed == "*":
                self._reveal(row, field)
                continue
            letters = _LETTERS[: len(choices)]
            if len(typed) == 1 and typed in letters:
                typed = choices[_LETTERS.index(typed)]
            text = "" if typed in ("-", "－") else typed
            given = answer(form, row, field.name, text, office)
            if not given.problems or self._insists(given, made):
                return ("accept" if given.value == field.value else "correct"), given.value

    def _insists(self, given: Answer, made: FieldDef) -> bool:
        """True where the person keeps a value in spite of its problems: by another key than Enter,
        which a hand presses by habit."""
        for problem in given.problems:
            click.echo(f"      確認: {mask_my_number(problem.message)}")
        value = mask_in(made.kind, given.value)
        shown = show(value) or "(空欄)"
        return self.ask(
            f"  「{shown}」で記録しますか? y=はい  Enter=打ち直す > "
        ).strip().lower() in ("y", "ｙ", "はい")

    def _reveal(self, row: RecordRow, field: Field) -> None:
        """Show a My Number on purpose, and record that somebody did."""
        self.journal.chain.append(
            "viewed",
            at=_now(),
            document=row.line.document,
            record=row.id,
            actor=self.who,
            payload={"field": field.name, "what": "my_number"},
        )
        shown = show(field.value) or field.text
        click.echo(f"      {shown}")


def field_lines(
    field: Field, made: FieldDef, count: str, choices: tuple[str, ...] = ()
) -> list[str]:
    """What is shown of one doubtful field: value, why it is doubtful, where it is on the paper,
    what else was seen."""
    now = written(made.kind, field.value)
    masked = mask_in(made.kind, field.value)
    shown = written(made.kind, masked) or "(空欄)"
    sure = f"確からしさ {field.p:.0%}"
    lines = [f"  [{count}] {made.title}: {shown}   ({sure})"]
    if field.text and field.text not in (now, show(field.value)):
        lines.append(f"      読んだ文字: {mask_in(made.kind, field.text)}")
    for problem in field.problems:
        lines.append(f"      理由: {mask_my_number(problem.message)}")
    if field.sampled:
        lines.append("      理由: 誤り率を知るための抜き取り確認です")
    lines += [f"      場所: {place}" for place in where(field)]
    seen = []
    for letter, text in zip(_LETTERS, choices, strict=False):
        told = mask_in(made.kind, text) if field.is_secret else _told(text, now, made)
        seen.append(f"{letter}) {told}")
    if seen:
        lines.append(f"      候補: {'  '.join(seen)}")
    if field.is_secret:
        lines.append("      * を打つと番号を表示します(表示した記録が残ります)")
    return [*lines, f"      {_KEYS}"]


def _told(text: str, now: str, made: FieldDef) -> str:
    """A candidate with what differs from the value underlined; an option as it is."""
    if options_of(made):
        return text
    pieces = differences(text, now)
    told = [click.style(piece, underline=True) if new else piece for piece, new in pieces]
    return "".join(told)


def _quit(_: Field) -> tuple[str, Value]:
    raise Quit


_SPECIAL: Mapping[str, Callable[[Field], tuple[str, Value]]] = {
    "?": lambda field: ("unreadable", None),
    "？": lambda field: ("unreadable", None),
    "!": lambda field: ("wrong_form", None),
    "！": lambda field: ("wrong_form", None),
    "q": _quit,
}


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
