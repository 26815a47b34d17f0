#!/usr/bin/env python3
"""Fit the trust that ships (``ocr/trust/trust.json``) on practice sheets: weights on many hands, bars on
hands nothing was fitted on.

For developers only. Needs the fonts of ``make test`` and, better, more handwriting fonts
(``TORIKOMI_HAND_FONTS``)::

    PYTHONPATH=. python tools/fit_trust.py collect fitting fit.pkl --count 60 --seed 11
    PYTHONPATH=. python tools/fit_trust.py collect bars bars.pkl --count 60 --seed 12
    PYTHONPATH=. python tools/fit_trust.py fit ocr/trust/trust.json --readings fit.pkl --bars bars.pkl

What was collected as ``jotted-fitting`` and ``jotted-bars`` goes with them. Alone and with
``--keep`` it fits free lines anew, and all else stays as it ships.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import pickle
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.collect import ReadField, read_practice, read_sheets
from benchmarks.handsets import BARS, NEVER_FITTED
from benchmarks.jottings import jotted_sheets, text_form
from ocr.practice.damage import DAMAGES
from ocr.practice.hands import find_hands
from ocr.reader import Reader
from ocr.trust.ceilings import ceiling
from ocr.trust.fitting import Labelled, fit
from ocr.trust.model import Trust, group_of, shipped, to_json
from records.formloading import load_form
from records.site import IntakeSettings, Office, ReadingSettings

SAMPLES = Path(__file__).parent.parent / "samples"
FORMS = (
    "forms/child_allowance",
    "forms/account_transfer",
    "forms/staff_survey",
    "forms/citizen_opinion",
    "forms/online_application",
)
"""``variants/park_permit`` is kept apart: a form that no fitting has seen."""

PURPOSES = ("fitting", "bars", "jotted-fitting", "jotted-bars")
"""Hands of the sheets; the last two write jottings (:mod:`benchmarks.jottings`) into every box."""

CHUNK = 5
"""Sheets that one process makes and reads at a time."""


def _read(
    job: tuple[str, str, Path | None, Sequence[str], int],
) -> list[ReadField]:
    name, purpose, cells, damages, seed = job
    form = load_form(SAMPLES / name)
    only, without = (BARS, ()) if purpose.endswith("bars") else ((), NEVER_FITTED)
    hands = find_hands(families=only, without=without, cells=cells, per_font=40)
    if purpose.startswith("jotted"):
        lines = text_form(form)
        reader = Reader({lines.id: lines}, Office(), ReadingSettings(), IntakeSettings())
        sheets = jotted_sheets(lines, hands, damages, CHUNK, seed)
        return list(read_sheets(lines, sheets, reader))
    return list(read_practice([form], hands, damages, CHUNK, seed))


def collect(options: argparse.Namespace) -> None:
    """Make practice sheets, read them, keep what was measured."""
    start = time.time()
    jobs = [
        (
            name,
            options.purpose,
            options.cells,
            options.damages,
            options.seed * 1000 + n,
        )
        for n in range(-(-options.count // CHUNK))
        for name in FORMS
    ]
    rows: list[ReadField] = []
    with multiprocessing.get_context("spawn").Pool(options.processes) as workers:
        for number, part in enumerate(workers.imap_unordered(_read, jobs)):
            sheet = 1000 * number
            rows += [replace(row, sheet=sheet + row.sheet) for row in part]
            if number % 10 == 9:
                print(
                    f"{number + 1} of {len(jobs)} parts, {len(rows)} fields, {time.time() - start:.0f} s",
                    flush=True,
                )
    with options.file.open("wb") as out:
        pickle.dump(rows, out)


def labelled(rows: Iterable[ReadField]) -> list[Labelled]:
    """Readings with their truth; sheets that were not read at all say nothing about what was
    read."""
    found = []
    for r in rows:
        if r.features:
            found.append(
                Labelled(
                    r.kind,
                    r.features,
                    r.right,
                    bool(r.problems),
                    f"{r.hand} {r.sheet}",
                    1.0,
                    ceiling(r.kind, r.text, r.features),
                )
            )
    return found


def _load(files: Sequence[Path]) -> list[ReadField]:
    return [row for file in files for row in pickle.loads(file.read_bytes())]


def told(model: Trust, readings: Sequence[Labelled], rows: Sequence[ReadField], name: str) -> None:
    """Print the share unseen and the wrong ones among them at the target of 0.5 %."""
    shown = [
        (r, row)
        for r, row in zip(readings, (x for x in rows if x.features), strict=True)
        if row.filled or not row.right
    ]
    unseen = [
        r
        for r, _ in shown
        if not r.problems
        and min(r.most, model.probability(r.kind, r.features))
        >= model.bar(0.005, group_of(r.kind, r.features))
    ]
    wrong = sum(not r.right for r in unseen)
    print(
        f"{name}: {len(shown)} filled values, right {sum(r.right for r, _ in shown) / len(shown):.4f}, "
        f"unseen {len(unseen) / len(shown):.4f}, wrong among them {wrong} ({wrong / max(1, len(unseen)):.3%})"
    )


def main() -> None:
    """Collect, or fit."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ways = parser.add_subparsers(dest="way", required=True)
    way = ways.add_parser("collect")
    way.add_argument("purpose", choices=PURPOSES, help="which set of hands writes, and what")
    way.add_argument("file", type=Path)
    way.add_argument("--cells", type=Path, help="real digits to write with")
    way.add_argument(
        "--damages",
        nargs="*",
        default=[d for d in DAMAGES if d != "clean"],
        help="by default all that scanners do",
    )
    way.add_argument("--count", type=int, default=40, help="sheets of each form")
    way.add_argument("--seed", type=int, default=11)
    way.add_argument("--processes", type=int, default=2)
    way = ways.add_parser("fit")
    way.add_argument("file", type=Path)
    way.add_argument("--readings", type=Path, nargs="+", required=True)
    way.add_argument("--bars", type=Path, nargs="+", required=True)
    way.add_argument("--keep", action="store_true", help="other groups stay as they ship")
    options = parser.parse_args()
    if options.way == "collect":
        collect(options)
        return
    fitted_on = _load(options.readings)
    held = _load(options.bars)
    readings = labelled(fitted_on)
    held_back = labelled(held)
    sheets, others = (len({(r.hand, r.sheet) for r in rows}) for rows in (fitted_on, held))
    source = f"practice sheets: {sheets} of many hands, bars on {others} of hands kept apart; real digits among them"
    prior = shipped() if options.keep else None
    source = f"{prior.source}; {source}" if prior else source
    model = fit(readings, held_back, source, prior)
    for name, labels, rows in (("fitted on", readings, fitted_on), ("bars", held_back, held)):
        told(model, labels, rows, name)
    hands = sorted({r.source for r in held_back})
    for turn in (0, 1):
        half = {s for n, s in enumerate(hands) if n % 2 == turn}
        crossed = fit(readings, [r for r in held_back if r.source in half], "", prior)
        other = [
            (r, row)
            for r, row in zip(held_back, (x for x in held if x.features), strict=True)
            if r.source not in half
        ]
        told(
            crossed,
            [r for r, _ in other],
            [row for _, row in other],
            f"bars of one half on the other, {turn + 1}",
        )
    options.file.write_text(
        json.dumps(to_json(model), ensure_ascii=False, indent=1) + "\n", "utf-8"
    )


if __name__ == "__main__":
    main()
