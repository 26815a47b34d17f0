"""A postal code and the address beside it, weighed as one."""

from __future__ import annotations

import functools
from dataclasses import replace

from ocr.seen import Seen
from ocr.weigh.weighing import value_key, weigh
from records.forms import FormDef
from records.site import Office


def _agreeing(shapes: set[str], text: str) -> float:
    return 3.0 if text in shapes else -1.0


def weigh_postcodes(form: FormDef, made: dict[str, dict[str, Seen]], office: Office) -> None:
    """A postal code and the address that a check ties to it: the town that was read lifts its code,
    and is lifted by it."""
    for check in form.checks:
        if (
            check.rule != "postal_code_matches_address"
            or len(check.of) != 2
            or any(n not in made for n in check.of)
        ):
            continue
        code, address = made[check.of[0]], made[check.of[1]].get("")
        if address is None or address.empty:
            continue
        named = [t for t in office.towns if t.name in address.text]
        if not named:
            continue
        town = min(
            named, key=lambda t: (address.text.find(t.name), -len(t.name))
        )  # 森ハイツ stands behind its town
        for part, look in code.items():
            if look.scorer is None or look.empty:
                continue
            right = {"first": town.postal_code[:3], "second": town.postal_code[3:]}.get(
                part, town.postal_code
            )
            shapes = {right, f"{right[:3]}-{right[3:]}"} if part == "" else {right}
            code[part] = weigh(
                look, shapes, functools.partial(_agreeing, shapes), value_key("postal_code", part)
            )
            code[part] = replace(
                code[part],
                features={
                    **code[part].features,
                    "agreed": 2.0 if code[part].text in shapes else 0.0,
                },
            )
