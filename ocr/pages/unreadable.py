"""The refusals that opening a document ends in: one Japanese line each, with what to do."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from records.errors import DocumentError
from records.site import IntakeSettings

DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    MemoryError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RuntimeError,
    struct.error,
    zlib.error,
)
"""What Pillow raises for damaged files: its parsers check little."""

_MIN_SIDE = 200


def truncated(path: Path, page: int) -> DocumentError:
    """The file, or a page of it (1-based, 0 for the whole), is damaged."""
    return DocumentError(
        "truncated",
        f"「{path.name}」{_of(page)}は途中で切れているか壊れています。もう一度スキャンするか、送信元に再送を頼んでください",
        path=path,
        pages=(page,) if page else (),
    )


def unsupported(path: Path, page: int, what: str, todo: str) -> DocumentError:
    """The file or page is sound and of a kind that is not read; ``what`` it is, ``todo`` about
    it."""
    return DocumentError(
        "unsupported",
        f"「{path.name}」{_of(page)}は{what}。{todo}",
        path=path,
        pages=(page,) if page else (),
    )


def too_many(path: Path, pages: int, limits: IntakeSettings) -> DocumentError:
    return DocumentError(
        "too_large",
        f"「{path.name}」は{pages}ページあり、上限{limits.max_pages}ページを超えています。分けて入れ直してください",
        path=path,
    )


def check_size(size: tuple[int, int], path: Path, page: int, limits: IntakeSettings) -> None:
    """Refuse a page by its size in pixels, before it is decoded.

    Raises:
        DocumentError: it is larger than the limits allow, or too small to be a sheet.
    """
    width, height = size
    if width * height > limits.max_pixels:
        raise DocumentError(
            "too_large",
            f"「{path.name}」の{page}ページ目は{width}×{height}画素で大きすぎます"
            f"(上限{limits.max_pixels // 1_000_000}百万画素)。300dpi程度でスキャンし直してください",
            path=path,
            pages=(page,),
        )
    if min(width, height) < _MIN_SIDE:
        raise DocumentError(
            "unsupported",
            f"「{path.name}」の{page}ページ目は{width}×{height}画素で小さすぎ、読めません。200dpi以上でスキャンしてください",
            path=path,
            pages=(page,),
        )


def _of(page: int) -> str:
    if not page:
        return ""
    return f"の{page}ページ目"
