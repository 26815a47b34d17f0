"""How a row of the tables is changed within a transaction."""

from __future__ import annotations

from typing import Any

from records.journal.schema import DOCUMENT, RECORD, documents, records
from records.journal.store import Writer


def set_record(writer: Writer, record_id: str, **values: Any) -> None:
    """Change columns of one record."""
    changed = records.update().where(RECORD.id == record_id)
    writer.connection.execute(changed.values(**values))


def set_document(writer: Writer, sha256: str, **values: Any) -> None:
    """Change columns of one document."""
    changed = documents.update().where(DOCUMENT.sha256 == sha256)
    writer.connection.execute(changed.values(**values))
