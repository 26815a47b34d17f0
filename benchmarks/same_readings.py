"""Whether a change of the code's shape has changed a reading: all samples and made-up sheets, before
and after.

::

    python -m benchmarks.same_readings sheets /somewhere/sheets --count 100 --seed 901
    python -m benchmarks.same_readings read before.jsonl --sheets /somewhere/sheets --tree ../earlier
    python -m benchmarks.same_readings read after.jsonl --sheets /somewhere/sheets
    python -m benchmarks.same_readings compare before.jsonl after.jsonl

``read`` keeps what ``torikomi read --json`` prints, by the code of this source tree or of another one
(``git worktree add ../earlier COMMIT``); both read the samples of this tree. ``compare`` ends with 1
where anything differs: values, texts, reasons exactly, a p by more than 0.000001.

Tesseract has ten seconds for a line. On a machine that is very busy it may not be done, and its text is
then empty in one of the two.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from benchmarks.accuracy import DAMAGES
from ocr.practice.hands import find_hands
from ocr.practice.practicesheets import practice_sheets
from ocr.practice.write import save_practice
from records.formloading import load_forms
from records.site import load_site

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"
CLOSE = 1e-6
"""So far two values of p may lie apart and count as equal."""

PROGRAM = "from flows.cli import main; main()"
AT_A_TIME = 40
"""Files given to one process: a form's blanks are kept, and the memory stays small."""

Reading = Mapping[str, Any]


def make_sheets(folder: Path, count: int, seed: int) -> list[Path]:
    """Write ``count`` practice sheets, of each form with a blank as many, in all damages of the
    accuracy benchmark."""
    office, hands = load_site(SAMPLES).office, find_hands()
    forms = [form for form in load_forms(SAMPLES / "forms").values() if form.kind == "form"]
    made: list[Path] = []
    for number, form in enumerate(forms):
        share = count // len(forms) + (number < count % len(forms))
        place = folder / form.id
        place.mkdir(parents=True, exist_ok=True)
        made += save_practice(practice_sheets(form, office, share, seed, hands, DAMAGES), place)
    return made


def files_to_read(sheets: Path | None) -> list[Path]:
    """The scans of the samples, and the practice sheets without their truth."""
    folders = [SAMPLES / "scans"] + ([sheets] if sheets else [])
    found = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path for path in found if path.suffix not in (".json", ".csv")]


def readings(files: Sequence[Path], tree: Path) -> Iterator[Reading]:
    """What the code in ``tree`` says of each file: one item a sheet, and one for what it tells on
    the way (pages that could not be read)."""
    for start in range(0, len(files), AT_A_TIME):
        some = [str(file) for file in files[start : start + AT_A_TIME]]
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, "read", "--json", "--site", str(SAMPLES), *some],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree)},
            capture_output=True,
            text=True,
        )
        if done.returncode not in (0, 1):
            raise SystemExit(done.stderr)
        yield from (json.loads(line) for line in done.stdout.splitlines())
        yield from ({"told": line} for line in done.stderr.splitlines() if line.strip())
        print(f"{min(start + AT_A_TIME, len(files))} of {len(files)} files", file=sys.stderr)


def differences(before: Sequence[Reading], after: Sequence[Reading]) -> Iterator[str]:
    """One line for each difference between two sets of readings."""
    first, second = _by_sheet(before), _by_sheet(after)
    for key in sorted(first.keys() | second.keys()):
        one, other = first.get(key), second.get(key)
        if one is None or other is None:
            yield f"{key}: only {'after' if one is None else 'before'}"
            continue
        yield from (f"{key}: {line}" for line in _within("", one, other))


def _by_sheet(found: Sequence[Reading]) -> dict[str, Reading]:
    """Readings by file and record; what was told, by its text."""
    made: dict[str, Reading] = {}
    for reading in found:
        name = reading.get("told") or f"{Path(reading['file']).name} {reading['record']}"
        made[str(name)] = reading
    return made


def _within(name: str, one: Any, other: Any) -> Iterator[str]:
    """Where two values of JSON differ, by the path to it."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            if key == "file":
                continue
            yield from _within(f"{name}.{key}".lstrip("."), one.get(key), other.get(key))
    elif isinstance(one, list) and isinstance(other, list):
        for number, (a, b) in enumerate(zip_longest(one, other)):
            yield from _within(f"{name}[{number}]", a, b)
    elif isinstance(one, float) and isinstance(other, int | float):
        if abs(one - other) > CLOSE:
            yield f"{name}: {one} → {other}"
    elif one != other:
        yield f"{name}: {one!r} → {other!r}"


def load(path: Path) -> list[Reading]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def main() -> None:
    """Make sheets, read, or compare."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0] if __doc__ else "")
    ways = parser.add_subparsers(dest="way", required=True)
    sheets = ways.add_parser("sheets", help="make practice sheets")
    sheets.add_argument("folder", type=Path)
    sheets.add_argument("--count", type=int, default=100)
    sheets.add_argument("--seed", type=int, default=901)
    read = ways.add_parser("read", help="keep what torikomi read --json prints")
    read.add_argument("out", type=Path)
    read.add_argument("--sheets", type=Path, help="a folder of practice sheets")
    read.add_argument("--tree", type=Path, default=ROOT, help="the source tree that reads")
    compare = ways.add_parser("compare", help="compare two such files")
    compare.add_argument("before", type=Path)
    compare.add_argument("after", type=Path)
    options = parser.parse_args()
    if options.way == "sheets":
        print(f"{len(make_sheets(options.folder, options.count, options.seed))} sheets")
    elif options.way == "read":
        found = readings(files_to_read(options.sheets), options.tree.resolve())
        with options.out.open("w", encoding="utf-8") as stream:
            stream.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in found)
    else:
        before, after = load(options.before), load(options.after)
        lines = list(differences(before, after))
        print("\n".join(lines))
        print(f"{len(before)} and {len(after)} readings, {len(lines)} differences")
        raise SystemExit(bool(lines))


if __name__ == "__main__":
    main()
