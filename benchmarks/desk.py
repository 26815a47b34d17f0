"""The desk under load and in a clerk's hands.

``python -m benchmarks.desk load`` puts 100,000 records into a journal, serves it, and measures what
a person waits for; then 50 people review at once, and what they did is compared with the journal.

``python -m benchmarks.desk clerk`` reads sample scans and lets a simulated clerk clear the same
sheets on the same page twice: only the doubtful fields, and every field.

All times are taken at the client on the loopback interface, so they include HTTP and are upper
bounds for the server's.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from benchmarks.deskclerk import clerk
from benchmarks.deskload import load


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = parser.add_subparsers(required=True)
    one = parts.add_parser("load", help="100,000 records, 50 people")
    one.add_argument(
        "--folder", type=Path, default=None, help="keep the site here, and use it again"
    )
    one.add_argument(
        "--postgresql", action="store_true", help="the journal in a PostgreSQL server of its own"
    )
    one.add_argument("--records", type=int, default=100_000)
    one.add_argument("--people", type=int, default=50)
    one.add_argument("--rounds", type=int, default=30)
    one.add_argument("--seconds", type=float, default=40.0)
    one.add_argument("--think", type=float, default=3.0)
    one.set_defaults(run=load)
    two = parts.add_parser("clerk", help="a simulated clerk over sample scans")
    two.add_argument("--sheets", type=int, default=0, help="how many; 0: all")
    two.add_argument(
        "--hurry",
        type=float,
        default=1.0,
        help="look and type so many times faster, and add what that spared",
    )
    two.add_argument("--chromium", default=shutil.which("chromium"))
    two.set_defaults(run=clerk)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
