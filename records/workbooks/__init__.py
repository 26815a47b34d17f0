"""Workbooks (``.xlsx``, ``.xlsm``) that people send back or keep: what their cells say.

::

    open_parts(path) → Book ─ sheets → SheetPart ─ read_sheet → BookSheet ─ cells → BookCell

Only cells that hold something cost memory. A frame drawn down to row 1,048,576 costs nothing but
its own bytes, because a sheet is read as a stream of rows and nothing is filled in between them.
Whatever is wrong with a file becomes one :class:`~records.errors.DocumentError` that names it.
"""

from __future__ import annotations

from records.workbooks.bookparts import Book, SheetPart, open_parts
from records.workbooks.sheetcells import BookCell, BookSheet, Scalar, read_sheet, rows_of

__all__ = [
    "Book",
    "BookCell",
    "BookSheet",
    "Scalar",
    "SheetPart",
    "open_parts",
    "read_sheet",
    "rows_of",
]
