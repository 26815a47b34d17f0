"""What an exception of a library means to the person whose workbook or file was being written.

A library that reads other people's workbooks can raise nearly anything: ``KeyError`` for a missing
part, ``zlib.error`` for a damaged stream, ``ParseError`` for a cut part, ``MemoryError`` for a
sheet that is too large. None of it may stop the other workbooks, and each must name its file.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from connectors.files import stat_of
from records.errors import ServiceError

LOOK_AGAIN = 60.0
"""Seconds after which a file that could not be written is looked at again. As long as nobody has
changed it, the look costs nothing."""

TRY_ANYWAY = 900.0
"""Seconds after which an unchanged file is tried all the same: the fault may have been elsewhere
(a full disk for temporary files, too little memory)."""

_WORKBOOKS = (".xlsx", ".xlsm")
_WAITS = "行は残してあり、直ると続きを書き込みます"


def failure_of(error: Exception, path: Path, log: Path) -> ServiceError:
    """One Japanese line for an exception that no sink foresaw.

    Args:
        log: the file that holds the traceback.
    """
    kind = "台帳" if path.suffix.lower() in _WORKBOOKS else "ファイル"
    if isinstance(error, MemoryError):
        message = (
            f"{kind}「{path.name}」を書くにはメモリーが足りません。ほかのプログラムを閉じるか、"
            f"form.toml の path に {{fiscal_year}} や {{month}} を入れて台帳を分けてください。{_WAITS}"
        )
    elif not path.exists():
        message = (
            f"{kind}「{path.name}」を作れませんでした。情報担当に {log} を渡してください。{_WAITS}"
        )
    elif kind == "台帳":
        message = (
            f"台帳「{path.name}」に書き込めません。壊れているか、扱えない内容があります。"
            "Excelで開いて別の名前の .xlsx に保存し、元の名前に戻すか、「控え」フォルダーの写しから戻してください。"
            f"{_WAITS}(詳しい記録: {log})"
        )
    else:
        message = (
            f"ファイル「{path.name}」に書き込めません。名前を変えて残すと、新しいファイルに書きます。"
            f"{_WAITS}(詳しい記録: {log})"
        )
    return ServiceError("workbook", message, retry_after=LOOK_AGAIN)


@dataclass(frozen=True, slots=True)
class _Failed:
    stat: tuple[int, int, int] | None
    at: float
    error: ServiceError


@dataclass(slots=True)
class Failures:
    """Files that could not be written, so that an unchanged one is not loaded again and again.

    Attributes:
        clock: monotonic seconds.
    """

    clock: Callable[[], float] = time.monotonic
    _known: dict[Path, _Failed] = field(default_factory=dict)

    def refuse_unchanged(self, path: Path) -> None:
        """Raises:
        ServiceError: ``path`` failed before and is still the same file.
        """
        known = self._known.get(path)
        if known is None:
            return
        if known.stat == _stat(path) and self.clock() - known.at < TRY_ANYWAY:
            raise known.error
        del self._known[path]

    def note(self, path: Path, error: ServiceError) -> None:
        """Remember that ``path``, as it is now, could not be written."""
        self._known[path] = _Failed(_stat(path), self.clock(), error)


def _stat(path: Path) -> tuple[int, int, int] | None:
    try:
        return stat_of(path)
    except OSError:
        return None
