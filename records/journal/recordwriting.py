"""One reading of a sheet is written: its event, its row, its body, and the marks it is known by."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from dataclasses import dataclass
from typing import Any

from records.codec import canonical, record_to_json
from records.halves import known_by
from records.journal.packing import digest, pack, search_text
from records.journal.rowchanges import set_record
from records.journal.schema import BODY, PRINT, bodies, prints, records
from records.journal.store import Writer, stamp
from records.journal.verdicts import opened_by
from records.types import PAGE_MISSING, Record


@dataclass(frozen=True, slots=True)
class Origin:
    """What a record keeps of the way it came in.

    Attributes:
        file: the name of its document; received_on: the office's day of receipt, ISO.
        verify: its doubtful fields need two people of one mind (ベリファイ).
    """

    file: str
    received_on: str
    initiative: str
    verify: bool

    @classmethod
    def of_row(cls, row: Any) -> Origin:
        """The origin of a record that is stored already."""
        return cls(row.file, row.received_on, row.initiative, bool(row.verify))


def write_record(
    writer: Writer, old: Any, record: Record, origin: Origin, at: dt.datetime, actor: str
) -> None:
    """Write one reading of a sheet, the first or a later one, with its events.

    Args:
        old: the row that the record has already; None for the first reading.
    """
    body = canonical(record_to_json(record))
    salt = secrets.token_hex(16)
    seq = _tell(writer, record, digest(salt, body), at, actor)
    values = _columns(record, origin, at)
    if old is None:
        first = {"id": record.id, "seq": seq, "revision": 1, "reading": 1}
        writer.connection.execute(records.insert().values(**first, **values))
    else:
        writer.connection.execute(bodies.delete().where(BODY.record == record.id))
        values["reading"] = old.reading + 1
        values["revision"] = old.revision + 1
        set_record(writer, record.id, **values)
        writer.tally("record", old.form, old.state, "")
    kept = {"record": record.id, "seq": seq, "salt": salt, "body": pack(body)}
    writer.connection.execute(bodies.insert().values(**kept))
    _write_prints(writer, record, seq)
    writer.tally("record", record.form, "", values["state"])


def _tell(writer: Writer, record: Record, mark: str, at: dt.datetime, actor: str) -> int:
    """The event ``read``, and ``ready`` where nobody needs to look; the number of the first."""
    opened = opened_by(record)
    payload = {
        "form": record.form,
        "version": record.version,
        "pages": list(record.pages),
        "fit": float(record.fit),
        "fields": len(record.fields),
        "open": len(opened),
        "problems": [problem.code for problem in record.problems],
        "state": "waiting" if opened else "ready",
        "digest": mark,
    }
    told = {"document": record.document, "record": record.id, "actor": actor}
    seq = writer.append("read", at, payload=payload, **told)
    if not opened:
        writer.append("ready", at, payload={"by": "machine"}, **told)
    return seq


def _columns(record: Record, origin: Origin, at: dt.datetime) -> dict[str, Any]:
    opened = opened_by(record)
    return {
        "document": record.document,
        "file": origin.file,
        "pages": json.dumps(list(record.pages)),
        "form": record.form,
        "version": record.version,
        "state": "waiting" if opened else "ready",
        "initiative": origin.initiative,
        "verify": origin.verify,
        "received_on": origin.received_on,
        "open": canonical(list(opened)),
        "checked_by": "",
        "reviewer": "",
        "review_until": None,
        "code": PAGE_MISSING if record.is_half else "",
        "reason": "",
        "changed_at": stamp(at),
        "search": search_text(record, origin.file),
    }


def _write_prints(writer: Writer, record: Record, seq: int) -> None:
    """The bits by which the same sheet is known when it comes again."""
    writer.connection.execute(prints.delete().where(PRINT.record == record.id))
    inks = []
    for face, bits in known_by(record).items():
        inks.append(
            {
                "record": record.id,
                "face": face,
                "form": record.form,
                "seq": seq,
                "ink": bytes.fromhex(bits),
            }
        )
    if inks:
        writer.connection.execute(prints.insert(), inks)
