"""Reads the files that it is told of and says what was read: one process a build.

``benchmarks.beside`` starts it under this build and under an earlier one. It uses only what both
have: a reader, the forms and the site's settings.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from ocr.reader import Reader
from records.site import load_site
from records.types import Record


def forms_of(folder: Path) -> dict[str, Any]:
    """The forms of a folder, by whichever module of the build loads them."""
    for name in ("records.formloading", "records.forms"):
        try:
            loader = importlib.import_module(name).load_forms
        except (ImportError, AttributeError):
            continue
        return dict(loader(folder))
    raise ImportError("this build has no load_forms")


def said_of(record: Record) -> dict[str, Any]:
    """Form and fields of one record, ready for JSON."""
    fields = {
        name: {"value": f.value, "unseen": f.unseen, "p": f.p} for name, f in record.fields.items()
    }
    return {"form": record.form, "fields": fields, "problems": [p.code for p in record.problems]}


def main() -> None:
    """Answer each line of standard input, a path, with one line of JSON."""
    folder = Path(sys.argv[1])
    site = load_site(folder)
    settings = replace(site.reading, sample_unseen=0.0)
    reader = Reader(forms_of(site.forms), site.office, settings, site.intake)
    for line in sys.stdin:
        before = time.process_time()
        started = time.perf_counter()
        records = []
        for r in reader.read(Path(line.rstrip("\n"))):
            if isinstance(r, Record):
                records.append(r)
        told = {
            "records": [said_of(record) for record in records],
            "processor": time.process_time() - before,
            "seconds": time.perf_counter() - started,
        }
        print(json.dumps(told, ensure_ascii=False, default=str), flush=True)


if __name__ == "__main__":
    main()
