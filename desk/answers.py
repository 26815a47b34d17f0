"""What a person's answer to one doubtful field means, apart from any screen: the terminal and the
web pages share it."""

from __future__ import annotations

from dataclasses import dataclass

from records.checks import run_checks
from records.forms import FieldDef, FormDef
from records.halves import LIKELY
from records.journal import RecordRow
from records.normalise import Normalised, normalise
from records.normalise.common import empty
from records.site import Office
from records.types import Problem, Value
from records.written import written

_YES = ("はい", "有", "あり", "○", "y", "yes", "1")
_NO = ("いいえ", "無", "なし", "×", "n", "no", "0")


@dataclass(frozen=True, slots=True)
class Answer:
    """A value that a person gave, and what still speaks against it."""

    value: Value
    problems: tuple[Problem, ...] = ()


def answer(form: FormDef, row: RecordRow, name: str, text: str, office: Office) -> Answer:
    """The value of what a person typed for a field: normalised by its kind, then checked with the
    rest of the sheet.

    An empty text means an empty field. Nothing is refused: the person decides; the problems say
    what to look at again.
    """
    made = form.fields[name]
    given = (
        _marked(made, text)
        if made.traits.is_ink
        else normalise(made, text, office.on(row.line.received_on))
    )
    return Answer(
        given.value,
        (*given.problems, *checked(form, row, {name: given.value}, office).get(name, ())),
    )


def against(form: FormDef, row: RecordRow, name: str, office: Office) -> tuple[Problem, ...]:
    """What speaks against keeping the value as it is: judged as if a person had typed it."""
    kept = written(form.fields[name].kind, row.record.fields[name].value)
    return answer(form, row, name, kept, office).problems


_BOTH_KEPT = Problem(
    "both_kept",
    "前に届いた用紙と同じかもしれません。別の用紙として両方を転記するときだけ、記録してください",
)


def against_whole(row: RecordRow) -> tuple[Problem, ...]:
    """What speaks against a sheet as a whole: what is probably another one again is delivered
    beside it only by a choice of its own."""
    is_like = any(problem.code == LIKELY for problem in row.as_read.problems)
    return (_BOTH_KEPT,) if is_like else ()


def checked(
    form: FormDef, row: RecordRow, changed: dict[str, Value], office: Office
) -> dict[str, list[Problem]]:
    """The form's checks over the sheet as it would be with ``changed``."""
    values = {name: field.value for name, field in row.record.fields.items()}
    return run_checks(form, {**values, **changed}, office, row.line.received_on)


def _marked(made: FieldDef, text: str) -> Normalised:
    text = text.strip()
    if made.traits.is_mark:
        if text.lower() in _YES:
            return Normalised(True)
        if text.lower() in _NO or not text:
            return Normalised(False, _lacking(made))
        return Normalised(text, (Problem("not_an_answer", "「はい」か「いいえ」で答えてください"),))
    options = tuple(made.place.options) if made.place else ()
    pieces = [text] if text in options else text.replace("、", ",").split(",")
    chosen = [part.strip() for part in pieces if part.strip()]
    unknown = [part for part in chosen if part not in options]
    problems = tuple(
        Problem("not_an_option", f"「{part}」は選択肢にありません({'、'.join(options)})")
        for part in unknown
    )
    if not chosen:
        problems = _lacking(made)
    if made.traits.holds_several:
        return Normalised(chosen, problems)
    if len(chosen) > 1:
        problems += (Problem("several", "一つだけ選んでください"),)
    return Normalised(text or None, problems)


def _lacking(made: FieldDef) -> tuple[Problem, ...]:
    return empty(made).problems
