"""This build beside an earlier one: the same sheets, the same run, taking turns sheet by sheet.

``python -m benchmarks.beside --before REV``. Sheets are made by this build, by hands that nothing
was fitted on. Each build reads with its own trust; both are judged by this build's rule for the
same value.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.accuracy import DAMAGES
from benchmarks.handsets import MEASURING
from benchmarks.resultpage import write_section
from ocr.practice.hands import find_hands
from ocr.practice.practicesheets import PracticeSheet, practice_sheets
from ocr.practice.write import save_practice
from records.compare import same
from records.formloading import load_forms
from records.forms import FormDef
from records.site import load_site

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"


class Build:
    """A build that reads in a process of its own."""

    def __init__(self, name: str, root: Path) -> None:
        self.name = name
        script = str(ROOT / "benchmarks" / "turns.py")
        # the earlier build's rooms come first on the path; its forms and settings are its own
        environment = {**os.environ, "PYTHONPATH": str(root)}
        self.process = subprocess.Popen(
            [sys.executable, script, str(root / "samples")],
            cwd=root,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def read(self, path: Path) -> dict[str, Any]:
        """What the build says of a file."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        return told

    def close(self) -> None:
        """Let the process end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)


@dataclass
class BesideScore:
    """What one build did."""

    filled: int = 0
    right: int = 0
    unseen: int = 0
    wrong: int = 0
    sheets: int = 0
    nobody: int = 0
    processor: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, form: FormDef, sheet: PracticeSheet, told: Mapping[str, Any]) -> None:
        """Count one sheet."""
        mine = [r for r in told["records"] if r["form"] == form.id]
        fields = mine[0]["fields"] if mine else {}
        self.sheets += 1
        self.processor.append(told["processor"])
        self.seconds.append(told["seconds"])
        seen = []
        for n in form.fields:
            if not fields.get(n, {}).get("unseen"):
                seen.append(n)
        self.nobody += not seen and not mine[0]["problems"]
        for name, item in form.fields.items():
            self._count(item.kind, sheet.truth.get(name), fields.get(name))

    def _count(self, kind: str, truth: Any, read: Mapping[str, Any] | None) -> None:
        right = read is not None and same(kind, truth, read["value"])
        filled = truth not in (None, "", False, [], {})
        if not filled and right:
            return
        unseen = read is not None and read["unseen"]
        self.filled += 1
        self.right += right
        self.unseen += unseen
        self.wrong += unseen and not right

    def line(self, name: str) -> str:
        """A row of the table."""
        share = f"{self.right / self.filled:.3f} | {self.unseen / self.filled:.3f}"
        time = f"{statistics.mean(self.processor):.2f} | {statistics.median(self.seconds):.2f}"
        return (
            f"| {name} | {self.sheets} | {self.filled} | {share} | {self.wrong} | "
            f"{self.nobody} | {time} |"
        )


def compare(builds: Sequence[Build], count: int, seed: int) -> dict[str, BesideScore]:
    """Let the builds read the same sheets in turns."""
    scores = {build.name: BesideScore() for build in builds}
    hands = find_hands(families=MEASURING)
    office = load_site(SAMPLES).office
    forms = [form for form in load_forms(SAMPLES / "forms").values() if form.kind == "form"]
    with tempfile.TemporaryDirectory() as folder:
        for form in forms:
            for sheet in practice_sheets(form, office, count, seed, hands, DAMAGES):
                path = save_practice([sheet], Path(folder))[0]
                for build in builds:
                    scores[build.name].add(form, sheet, build.read(path))
                path.unlink()
    return scores


def main() -> None:
    """Read by turns, print the table, write it into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", default="HEAD~1", help="a commit")
    parser.add_argument("--count", type=int, default=8, help="sheets of each form")
    parser.add_argument("--seed", type=int, default=77)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        earlier = Path(folder) / "earlier"
        tree = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*tree, "add", "--detach", "-q", str(earlier), options.before], check=True)
        builds = [Build(f"before ({options.before})", earlier), Build("this build", ROOT)]
        try:
            scores = compare(builds, options.count, options.seed)
        finally:
            for build in builds:
                build.close()
            subprocess.run([*tree, "remove", "--force", str(earlier)], check=False)
    lines = [
        "| build | sheets | filled fields | right | unseen | wrong among unseen | "
        "sheets that need nobody | processor s a sheet | s a sheet (median) |",
        "|---|---|---|---|---|---|---|---|---|",
        *(score.line(name) for name, score in scores.items()),
        "",
        f"Hands {', '.join(MEASURING)}, damages {', '.join(DAMAGES)}, each form at its own target; "
        "the builds take turns sheet by sheet, each in a process of its own.",
    ]
    repeat = f"python -m benchmarks.beside --before {options.before} --count {options.count} --seed {options.seed}"
    write_section("Beside the build before", "\n".join(lines), repeat)


if __name__ == "__main__":
    main()
