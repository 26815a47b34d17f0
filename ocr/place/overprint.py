"""The places of a form where people and the office write over its print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from records.forms import FormDef
from records.types import Box

_STAMP_MM, _BOX_MM = 3.0, 0.5
"""So far over the edge of its place a stamp is set, and so near lies a box's own frame."""

_RING_MM = 3.0
"""So far a ring goes beyond the word that it is drawn around."""


@dataclass(frozen=True)
class Marked:
    """Places of a page, mm, where people and the office write over print.

    Attributes:
        hidden: what lies there may hide print: boxes that marks and seals lie over, and the
            office's own places, where stamps lie over thin print. Nothing is compared.
        ringed: words that are circled.
    """

    hidden: tuple[Box, ...] = ()
    ringed: tuple[Box, ...] = ()


NOWHERE = Marked()


def marked_places(form: FormDef, page: int, covered: Sequence[Box] = ()) -> Marked:
    """The places of a page where marks, or ``covered`` other papers, lie over print."""
    hidden = list(covered)
    hidden += [s.box.grown(_STAMP_MM) for s in form.silent if s.page == page]
    ringed: list[Box] = []
    for item in form.fields.values():
        if item.page != page:
            continue
        if item.era:
            ringed += item.era.circle.values()
        for part in (*([item.place] if item.place else []), *item.parts.values()):
            over_print = item.traits.is_mark or item.traits.is_presence
            if over_print and part.box:
                hidden.append(part.box.grown(_BOX_MM))
            if part.mark == "circle":
                ringed += part.options.values()
            else:
                hidden += [box.grown(_BOX_MM) for box in part.options.values()]
    return Marked(tuple(hidden), tuple(box.grown(_RING_MM) for box in ringed))
