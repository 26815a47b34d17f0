"""How a record lies in the tables: packed, bound to its event by a digest, and the text that it is
found by."""

from __future__ import annotations

import hashlib
import unicodedata
import zlib

from records.codec import mask_in, show
from records.journal.storable import plain
from records.mynumber import mask_my_number
from records.types import Record


def digest(salt: str, body: str) -> str:
    """Salted, so that it tells nothing about a short value; deleting the row with its salt makes
    that final."""
    return hashlib.sha256(f"{salt}{body}".encode()).hexdigest()


def unpack(body: bytes) -> str:
    return zlib.decompress(body).decode()


def pack(body: str) -> bytes:
    """Compressed: the JSON of many readings repeats itself, and a small PC keeps them for years."""
    return zlib.compress(body.encode(), 6)


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def search_text(record: Record, file: str) -> str:
    """What :meth:`records.journal.storedrecords.Records.search` looks through: values without My Numbers, the id
    and the file's name."""
    words: list[str] = []
    for field in record.fields.values():
        if field.traits.is_searched:
            words.append(show(mask_in(field.kind, field.value)))
    words += [mask_my_number(line) for line in record.lines]
    words += [record.id, file]
    text = " ".join(word for word in words if word)
    return plain(folded(text))[:4000]
