"""Errors, told apart by one question: may I try again?

::

    TorikomiError
    ├── DocumentError        a person must act on this document: damaged, encrypted, no such form, too large
    ├── ServiceError         try again later: share offline, workbook open, disk full, server down
    └── DefinitionError      the office's own files (site.toml, strategy.toml, form.toml) contradict the rules

Each carries its data as attributes and a Japanese message that says what to do next. Nothing else
may reach a user as a traceback. Messages never hold a My Number (see
:func:`records.mynumber.mask_my_number`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from records.filenames import plain_line
from records.mynumber import mask_my_number


class TorikomiError(Exception):
    """The root. ``str(error)`` is one Japanese line for the user: what happened, and what to do."""

    def __init__(self, message: str) -> None:
        message = plain_line(mask_my_number(message))  # it may tell a hostile file's name
        super().__init__(message)
        self.message = message


class DocumentError(TorikomiError):
    """A document that will not get better by itself.

    Attributes:
        code: short machine name (``truncated``, ``password``, ``empty``, ``not_an_image``,
            ``too_large``, ``no_form``, ``blank``, ``unsupported``).
        path: the file, where there is one.
        pages: the 1-based page numbers concerned; empty for the whole document.
    """

    def __init__(
        self, code: str, message: str, *, path: Path | None = None, pages: tuple[int, ...] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.path = path
        self.pages = pages


class ServiceError(TorikomiError):
    """Something outside is not available now; the same call may succeed later.

    Attributes:
        service: what was not available (``workbook``, ``folder``, ``database``, ``mail``).
        retry_after: seconds after which a new try makes sense.
    """

    def __init__(self, service: str, message: str, *, retry_after: float = 30.0) -> None:
        super().__init__(message)
        self.service = service
        self.retry_after = retry_after


class DefinitionError(TorikomiError):
    """A definition file is wrong.

    Attributes:
        path: the file.
        line: 1-based line, or None where it could not be found.
        key: the key concerned.
        allowed: what would be allowed there.
        problems: itself, or each of the problems that it tells together (:meth:`of_all`).
    """

    def __init__(
        self,
        message: str,
        *,
        path: Path | None = None,
        line: int | None = None,
        key: str = "",
        allowed: tuple[str, ...] = (),
    ) -> None:
        where = f"{path}" if path else ""
        if line is not None:
            where += f" {line}行目" if where else f"{line}行目"
        tail = ""
        if allowed:
            tail = f"(使えるもの: {'、'.join(allowed)})"
        whole = message + tail
        if where:
            whole = f"{where}: {whole}"
        super().__init__(whole)
        self.path = path
        self.line = line
        self.key = key
        self.allowed = allowed
        self.problems: tuple[DefinitionError, ...] = (self,)

    @staticmethod
    def of_all(problems: Sequence[DefinitionError]) -> DefinitionError:
        """One error for all problems of a file, one line each; it points at the first."""
        each = list({p.message: p for problem in problems for p in problem.problems}.values())
        if len(each) == 1:
            return each[0]
        made = DefinitionError("\n".join(p.message for p in each))
        first = each[0]
        made.path = first.path
        made.line = first.line
        made.key = first.key
        made.allowed = first.allowed
        made.problems = tuple(each)
        return made
