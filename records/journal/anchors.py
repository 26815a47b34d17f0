"""Where the journal stood, written outside the database: signed lines in a file of their own.

A chain shows that nothing inside it was changed. It does not show that its end was cut off, that an
older copy was put in its place, that all of it was computed anew, or that it is gone. So the last
event's number and hash are appended, from time to time, to a file that no database password opens.
Each line is signed with a key and holds the signature of the line before.

The key lies beside the lines, readable by the service alone. Whoever can write both files and the
database can forge all three; an office that fears this lets ``copy`` name a place on another machine,
or prints the lines.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from records.codec import canonical
from records.journal.chain import Chain, End
from records.journal.store import stamp, time_of

FILE = "anchors.jsonl"
KEY = "anchors.key"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the journal stood.

    Attributes:
        at: when; aware.
        seq: the number of its last event; ``hash`` that event's hash, hex.
        note: why, in words, where a person set it (``控えから戻した``).
        previous: the signature of the line before; empty for the first.
    """

    at: dt.datetime
    seq: int
    hash: str
    note: str
    previous: str

    def body(self) -> str:
        return canonical(
            {
                "at": stamp(self.at),
                "seq": self.seq,
                "hash": self.hash,
                "note": self.note,
                "previous": self.previous,
            }
        )


@dataclass(frozen=True, slots=True)
class Doubt:
    """What an anchor shows against the journal, as a Japanese line."""

    line: str


class Anchors:
    """The anchors of one site.

    Args:
        folder: where lines and key are kept; made where it is missing.
        copy: a second file for the lines, on another machine; None for none.
    """

    def __init__(self, folder: Path, copy: Path | None = None) -> None:
        self._folder = folder
        self._copy = copy

    def set(self, chain: Chain, at: dt.datetime, note: str = "") -> Anchor | None:
        """Write down where the journal stands; None, and nothing is written, where it has not moved
        and nobody has a note.

        Raises:
            OSError: the folder cannot be written.
            ServiceError: the database is away.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / FILE).open("ab+") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)  # each line holds the signature of the one before
            end, last = chain.end(), self._last()
            if end.seq == 0 or (last is not None and not note and last[0].seq == end.seq):
                return None
            anchor = Anchor(at, end.seq, end.hash, note, last[1] if last else "")
            told = {**json.loads(anchor.body()), "mac": self._signature(anchor)}
            line = canonical(told) + "\n"
            _append(stream, line)
        if self._copy is not None:
            with contextlib.suppress(OSError), self._copy.open("ab+") as away:
                _append(away, line)  # the share may be away; what it has stays comparable
        return anchor

    def newest(self) -> Anchor | None:
        """The last line, whatever it is worth; None where there is none."""
        last = self._last()
        return last[0] if last else None

    def doubts(self, chain: Chain) -> list[Doubt]:
        """What the lines show against the journal, the earliest first; empty where all agree.

        Raises:
            ServiceError: the database is away.
        """
        found: list[Doubt] = []
        lines = list(self._lines())
        end = chain.end()  # after the lines: another process may add to both meanwhile
        if not (self._folder / FILE).is_file() and end.seq > 0 and self._has_key():
            found.append(Doubt("記録の控え印(anchors.jsonl)がなくなっています"))
        previous = ""
        forgiven = self._restored_at()
        for number, (anchor, mac) in enumerate(lines, 1):
            if anchor is None or anchor.previous != previous or mac != self._signature(anchor):
                found.append(Doubt(f"記録の控え印の{number}行目が、消されたか書き換えられています"))
                break
            previous = mac
            if number > forgiven and (doubt := _against(chain, end, anchor)):
                found.append(doubt)
                break
        copied = _texts(self._copy) if self._copy is not None else []
        if copied and not set(copied) <= set(_texts(self._folder / FILE)):
            found.append(Doubt("別の場所に写した控え印と、手もとの控え印が違います"))
        return found

    def is_behind(self, chain: Chain) -> bool:
        """True where the journal does not reach the newest line: it is gone, emptied, or an older
        copy. Cheap enough for every start.

        Raises:
            ServiceError: the database is away.
        """
        last = self.newest()
        return last is not None and _against(chain, chain.end(), last) is not None

    def _restored_at(self) -> int:
        """The number of the last line that a person set with a note: what stood before it was told
        and accepted."""
        noted = [n for n, (anchor, _) in enumerate(self._lines(), 1) if anchor and anchor.note]
        return noted[-1] - 1 if noted else 0

    def _lines(self) -> Iterator[tuple[Anchor | None, str]]:
        for text in _texts(self._folder / FILE):
            yield _parsed(text)

    def _last(self) -> tuple[Anchor, str] | None:
        texts = _texts(self._folder / FILE)
        anchor, mac = _parsed(texts[-1]) if texts else (None, "")
        return None if anchor is None else (anchor, mac)

    def _signature(self, anchor: Anchor) -> str:
        return hmac.new(self._key(), anchor.body().encode(), hashlib.sha256).hexdigest()

    def _has_key(self) -> bool:
        return (self._folder / KEY).is_file()

    def _key(self) -> bytes:
        path = self._folder / KEY
        with contextlib.suppress(FileNotFoundError):
            return path.read_bytes()
        self._folder.mkdir(parents=True, exist_ok=True)
        key = secrets.token_bytes(32)
        with contextlib.suppress(FileExistsError):  # two processes may begin at once
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(key)
                stream.flush()
                os.fsync(stream.fileno())
        return path.read_bytes()


def _against(chain: Chain, end: End, anchor: Anchor) -> Doubt | None:
    """What one line shows against the journal."""
    when = f"{anchor.at.astimezone():%Y-%m-%d %H:%M}"
    if end.seq == 0:
        return Doubt(f"記録がすべてなくなっています({when}には{anchor.seq}件)")
    if end.seq < anchor.seq:
        lost = anchor.seq - end.seq
        line = f"記録の終わりの{lost}件がないか、古い写しに替わっています({when}には{anchor.seq}件)"
        return Doubt(line)
    event = next(iter(chain.events(after=anchor.seq - 1, limit=1)), None)
    if event is None or event.hash != anchor.hash:
        line = f"{when}より前の記録が書き換えられています(番号{anchor.seq}が控え印と違います)"
        return Doubt(line)
    return None


def _parsed(text: str) -> tuple[Anchor | None, str]:
    try:
        line = json.loads(text)
        anchor = Anchor(
            time_of(line["at"]), int(line["seq"]), line["hash"], line["note"], line["previous"]
        )
        return anchor, str(line["mac"])
    except (ValueError, KeyError, TypeError):
        return None, ""


def _texts(path: Path) -> list[str]:
    """The whole lines; a half one that a power cut left at the end was never signed for."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return []
    return text.split("\n")[:-1]


def _append(stream: IO[bytes], line: str) -> None:
    """Put a line behind the last whole one, and see it on the disk."""
    stream.seek(0)
    whole = stream.read().rfind(b"\n") + 1
    stream.truncate(whole)
    stream.write(line.encode())
    stream.flush()
    os.fsync(stream.fileno())
