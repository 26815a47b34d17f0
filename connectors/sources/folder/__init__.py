"""The watched folder: files are copied, verified and removed, and end in the archive or failed/.

::

    inbox/fax/x.pdf ─ scan, claim ─▶ work/processing/<sha256>/x.pdf ─┬─ archive ─▶ archive/2026/ab/<sha256>.pdf
                                     work/processing/<sha256>.json   ├─ fail ────▶ failed/x.pdf, failed/x.pdf.理由.txt
                                                                     └─ discard ─▶ gone, for the same content is kept

A file is taken when it is quiet, closed and whole, as far as the system tells. Taking is copy,
verify, then remove, so nobody who still has the original open can change what is read and archived;
what such a writer adds later is found at the original (:mod:`.parked`). Every other move is a
rename, or across devices copy, sync, rename, delete: at each moment the file is whole somewhere.
What a kill leaves behind is found by :func:`recover`, called at each start and before each sweep by
the one process that holds the site's lock. So the caller's whole loop is::

    sweep = scan(site.inbox, seen, settle=…, now=time.monotonic())
    for found in sweep.settled:
        claim(found, site.inbox, site.work, forms)
    for claimed in recover(site.work):
        answer = journal.documents.receive(claimed.sha256, …, token=claimed.token)
        state = journal.documents.get(claimed.sha256).state
        "duplicate" → discard     "new" and received, reading → leave it to the reader
                                  "new" and read → archive        "new" and failed → fail

``receive`` with the claim's token is safe to repeat, so recovery needs no case of its own.
"""

from connectors.sources.folder.again import read_again
from connectors.sources.folder.claim import Claimed, claim, held, recover
from connectors.sources.folder.keep import (
    archive,
    archived,
    clear_failure,
    discard,
    fail,
    find,
    retire,
    set_aside,
    take_back,
)
from connectors.sources.folder.leftalone import IGNORED, TOLD, Reason, left_alone
from connectors.sources.folder.parked import Parked, taken_anew
from connectors.sources.folder.scan import FileLook, Left, Seen, Settled, Sweep, scan
from connectors.sources.folder.tails import HEAD_BYTES, begins, is_beginning, put_behind

__all__ = [
    "HEAD_BYTES",
    "IGNORED",
    "TOLD",
    "Claimed",
    "FileLook",
    "Left",
    "Parked",
    "Reason",
    "Seen",
    "Settled",
    "Sweep",
    "archive",
    "archived",
    "begins",
    "claim",
    "clear_failure",
    "discard",
    "fail",
    "find",
    "held",
    "is_beginning",
    "left_alone",
    "put_behind",
    "read_again",
    "recover",
    "retire",
    "scan",
    "set_aside",
    "take_back",
    "taken_anew",
]
