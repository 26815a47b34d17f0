"""Sheets a minute against Tesseract and RapidOCR on whole pages: the same sheets, the same run, two
threads.

Run ``make bench-speed``. Only the ratios mean anything on another machine; engines take turns sheet
by sheet, so that a noisy neighbour disturbs all of them.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import peers
from benchmarks.resultpage import table_row, write_section
from ocr.pages.opening import open_pages
from ocr.reader import Reader
from records.formloading import load_forms
from records.site import load_site
from records.types import Page, Record

SAMPLES = Path(__file__).parent.parent / "samples"
SHEETS = (
    "child_allowance_01.jpg",
    "child_allowance_02.tif",
    "child_allowance_fax_fine.tif",
    "child_allowance_fax_standard.tif",
    "account_transfer_01.jpg",
    "account_transfer_02.tif",
    "account_transfer_fax_fine.tif",
    "citizen_opinion_fax_01.tif",
    "citizen_opinion_fax_standard_01.tif",
    "citizen_opinion_scan.jpg",
)


def processor() -> float:
    """Processor seconds of this process and of the programs it has run to their end: what a busy
    machine cannot distort."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def _speed_of(times: Sequence[float], worked: float) -> tuple[str, str, str]:
    """Sheets a minute, seconds a sheet (median) and processor seconds a sheet."""
    a_minute = 60 * len(times) / sum(times)
    a_sheet = worked / len(times)
    return f"{a_minute:.1f}", f"{statistics.median(times):.2f}", f"{a_sheet:.2f}"


def main() -> None:
    """Time each engine on each sheet, print the table and write it into docs/benchmarks.md."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=1)
    rounds: int = options.parse_args().rounds
    site = load_site(SAMPLES)
    forms = load_forms(site.forms)
    alone, both = (
        Reader(forms, site.office, replace(site.reading, second_reader=second), site.intake)
        for second in (False, True)
    )
    files = [SAMPLES / "scans" / name for name in SHEETS if (SAMPLES / "scans" / name).is_file()]
    pages = {
        path: [p for p in open_pages(path, site.intake) if isinstance(p, Page)] for path in files
    }
    runs: dict[str, Callable[[Path], object]] = {
        "Torikomi": lambda path: [r for r in alone.read(path) if isinstance(r, Record)],
        "RapidOCR, whole page": lambda path: [peers.rapid_page(p.image) for p in pages[path]],
    }
    if peers.tesseract_version():
        runs["Torikomi, with Tesseract asked about clear lines in doubt"] = lambda path: [
            r for r in both.read(path) if isinstance(r, Record)
        ]
        runs["Tesseract jpn, whole page"] = lambda path: [
            peers.tesseract(p.image, 3) for p in pages[path]
        ]
    for run in runs.values():
        run(files[0])  # models load once per process and are not part of the time per sheet
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    worked: dict[str, float] = dict.fromkeys(runs, 0.0)
    for _ in range(rounds):
        for path in files:
            for name, run in runs.items():
                started = time.perf_counter()
                before = processor()
                run(path)
                seconds[name].append(time.perf_counter() - started)
                worked[name] += processor() - before
    own = sum(seconds["Torikomi"])
    lines = [
        "| engine | sheets a minute | seconds a sheet (median) | processor seconds a sheet "
        "| Torikomi is faster by | … in processor time |",
        "|---|---|---|---|---|---|",
    ]
    for name, times in seconds.items():
        faster = sum(times) / own
        less_work = worked[name] / worked["Torikomi"]
        speed = _speed_of(times, worked[name])
        lines.append(table_row(name, *speed, f"{faster:.1f}×", f"{less_work:.1f}×"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    load = os.getloadavg()[0]
    lines += [
        "",
        f"{len(files)} sheets of the sample office, {rounds} round(s), engines taking turns sheet by sheet, "
        f"load average {load:.0f}. "
        f"Peak memory of this process with Torikomi and RapidOCR loaded: {peak:.0f} MiB.",
    ]
    write_section("Speed", "\n".join(lines), "make bench-speed")


if __name__ == "__main__":
    main()
