"""Whatever is read in a letter, or not found in it, a person sees it with the reason: print and pen,
lying and standing, however sure the engine is and whatever an office allows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.decode.beam import Hypothesis
from ocr.decode.ctc import Decoded
from ocr.judging import Judge
from ocr.letters.judged import judged_fields
from ocr.letters.lines import Letter, Line
from ocr.trust.model import Trust, shipped
from records.forms import FieldDef, Find, FormDef, PageDef
from records.kinds import KINDS
from records.types import Box
from tests.kashima import KASHIMA

SURE = Trust(
    {group: np.zeros_like(w) + 30.0 for group, w in shipped().weights.items()},
    {0.0005: 0.5},
    "sure of everything",
)
WHITE = np.full((10, 10), 255, np.uint8)
KIND_NAMES = sorted(name for name, kind in KINDS.items() if kind.is_written)
FINDS = (
    Find(label=("氏名", "住所")),
    Find(pattern="phone"),
    Find(pattern="date"),
    Find(position="first_line"),
    Find(position="rest"),
)

WRITTEN = st.one_of(
    st.text("歩道の段差を直してください。ガードレール", min_size=1, max_size=30),
    st.sampled_from(["氏名 鍋島太郎", "電話 0954-63-2111", "令和7年4月1日", "市長への意見", "12"]),
)


@st.composite
def letters(draw: st.DrawFn) -> Letter:
    """Lines lying or standing, believed anywhere from not at all to fully."""
    lines = []
    for number, text in enumerate(draw(st.lists(WRITTEN, max_size=6))):
        share = draw(st.sampled_from([0.2, 0.9, 0.9993, 1.0]))
        decoded = Decoded((Hypothesis(text, share, 0.0),), text, share, 1.0, share, 0.0)
        box = Box(20.0, 5.0 + 10 * number, 100.0, 5.0)
        lines.append(Line(text, box, decoded, vertical=draw(st.booleans())))
    return Letter(tuple(lines), WHITE, 200.0)


@st.composite
def letter_forms(draw: st.DrawFn) -> FormDef:
    """A form for letters that has fields of any kind that is written, found in any way."""
    ways = draw(st.lists(st.sampled_from(FINDS), min_size=1, max_size=4))
    fields = {}
    for number, find in enumerate(ways):
        name = f"field{number}"
        fields[name] = FieldDef(name, draw(st.sampled_from(KIND_NAMES)), find=find)
    allowed = draw(st.sampled_from([0.0005, 0.005, 0.49]))
    page = PageDef(None, ())
    return FormDef(
        "letter",
        "手紙",
        1,
        "EFF-03",
        Path(),
        kind="letter",
        pages=(page,),
        fields=fields,
        wrong_per_unseen=allowed,
    )


@pytest.mark.parametrize("trust", [shipped(), SURE], ids=["shipped", "sure"])
@given(letter=letters(), form=letter_forms())
def test_no_field_of_a_letter_goes_unseen(trust: Trust, letter: Letter, form: FormDef) -> None:
    fields = judged_fields(form, letter, Judge(KASHIMA, trust), 0.13)
    assert list(fields) == list(form.fields)
    for field in fields.values():
        assert field.doubtful
        assert not field.unseen
        assert field.p <= 0.9
        assert _says_why(field.problems[-1].message)


def _says_why(message: str) -> bool:
    return "手紙" in message and message.endswith("ください")


@pytest.mark.parametrize("features", [{"letter": 1.0}, {"letter": 1.0, "empty": 1.0}])
@pytest.mark.parametrize("kind", KIND_NAMES)
def test_trust_itself_lets_nothing_of_a_letter_pass(kind: str, features: dict[str, float]) -> None:
    assert not SURE.needs_no_eyes(kind, features, 1.0, 0.49)
