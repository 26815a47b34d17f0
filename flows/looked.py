"""What was found when ledgers were last compared with the journal, kept on the disk: a ledger that
nobody has touched since is not read again to say the same."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from connectors.files import make_folder, stat_of, write_whole

PUT_AWAY = dt.timedelta(days=366)
"""A ledger whose newest row came in longer ago is taken to be put away: its absence is told only to
who asks for it."""

NAME = "compared.json"
_VERSION = 2
_FRESH_NS = 2_000_000_000
"""A file that was written so short a time ago may be written again without another time stamp:
some shares count in steps of two seconds."""

Stat = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class Lack:
    """What one file of a delivery does not have as the journal has it.

    Attributes:
        missing: rows that the file knows nothing of; ``outdated``: rows that stand there with older
        values than were delivered; ``deleted``: rows that the staff took out.
        is_gone: there is no file at all.
        unreadable: why the file could not be compared, in Japanese; empty where it could.
        newest: the latest day of receipt of all rows that were delivered there.
    """

    form: str
    target: str
    path: Path
    missing: tuple[str, ...]
    outdated: tuple[str, ...]
    deleted: tuple[str, ...]
    is_gone: bool
    newest: dt.date
    unreadable: str = ""

    @property
    def lost(self) -> tuple[str, ...]:
        """What nobody took out on purpose."""
        return (*self.missing, *self.outdated)

    def is_told(self, today: dt.date) -> bool:
        """Whether people are to be told of it without asking."""
        if not self.lost and not self.unreadable:
            return False
        return today - self.newest < PUT_AWAY

    def message(self) -> str:
        """One Japanese line: what is missing, and what to do."""
        if self.unreadable:
            return self.unreadable
        advice = (
            "控えのブックを戻したあとや、ブックを作り直したあとにこうなります。"
            f"書き直すには torikomi deliver --again {self.form}(画面では台帳の「書き直す」)"
        )
        if self.is_gone:
            return (
                f"台帳「{self.path.name}」がありません(転記済み {len(self.missing)} 行)。{advice}"
            )
        said = []
        if self.missing:
            said.append(f"転記済みの {len(self.missing)} 行がありません")
        if self.outdated:
            said.append(f"{len(self.outdated)} 行が古い値のままです")
        lacking = "、".join(said)
        return f"台帳「{self.path.name}」に{lacking}。{advice}"


@dataclass(frozen=True, slots=True)
class Look:
    """What was found at one look over the files of a delivery.

    Attributes:
        mark: of what the journal had delivered there (``Journal.delivered_mark``).
        files: the files that were read, as they were before.
        until: monotonic seconds; until then it is good enough whatever happens.
    """

    mark: str
    files: Mapping[Path, Stat]
    lacks: Sequence[Lack]
    until: float = 0.0

    def holds(self, mark: str) -> bool:
        """Whether nothing has changed since."""
        return self.mark == mark and all(stat(path) == was for path, was in self.files.items())


class KeptLooks:
    """The looks of a site, in ``work/compared.json``. It may be deleted at any time.

    Args:
        work: the site's folder ``work``.
    """

    def __init__(self, work: Path) -> None:
        self._path = work / NAME
        self._known: dict[str, Any] | None = None

    def get(self, name: str, mark: str) -> Look | None:
        """The look under this name, if nothing has changed since."""
        with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
            look = _look(self._all()[name])
            return look if look.holds(mark) else None
        return None

    def keep(self, name: str, look: Look) -> None:
        """Keep a look, unless it may be out of date without anybody seeing it."""
        if any(lack.unreadable for lack in look.lacks) or not all(map(_is_settled, look.files)):
            return
        self._all()[name] = _plain(look)
        with contextlib.suppress(OSError):  # the next look takes its time again
            make_folder(self._path.parent)
            write_whole(self._path, json.dumps(self._known, ensure_ascii=False).encode())

    def _all(self) -> dict[str, Any]:
        if self._known is None:
            self._known = {"version": _VERSION}
            with contextlib.suppress(OSError, ValueError):
                found = json.loads(self._path.read_text("utf-8"))
                if isinstance(found, dict) and found.get("version") == _VERSION:
                    self._known = found
        return self._known


def stat(path: Path) -> Stat:
    """See :func:`connectors.files.stat_of`; None, too, where the share is away."""
    try:
        return stat_of(path)
    except OSError:
        return None


def _is_settled(path: Path) -> bool:
    found = stat(path)
    return found is None or time.time_ns() - found[2] > _FRESH_NS


def _plain(look: Look) -> dict[str, Any]:
    lacks = [
        {**asdict(lack), "path": str(lack.path), "newest": lack.newest.isoformat()}
        for lack in look.lacks
    ]
    files = {str(path): was for path, was in look.files.items()}
    return {"mark": look.mark, "files": files, "lacks": lacks}


def _look(kept: Mapping[str, Any]) -> Look:
    files = {
        Path(path): None if was is None else (int(was[0]), int(was[1]), int(was[2]))
        for path, was in kept["files"].items()
    }
    return Look(str(kept["mark"]), files, [_lack(one) for one in kept["lacks"]])


def _lack(kept: Mapping[str, Any]) -> Lack:
    return Lack(
        str(kept["form"]),
        str(kept["target"]),
        Path(kept["path"]),
        tuple(kept["missing"]),
        tuple(kept["outdated"]),
        tuple(kept["deleted"]),
        bool(kept["is_gone"]),
        dt.date.fromisoformat(kept["newest"]),
    )
