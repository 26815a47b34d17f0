"""Reading a definition to its end: every problem in it is told at once, not one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from records.errors import DefinitionError
from records.strict import Section

_T = TypeVar("_T")


class Problems:
    """The problems found so far in one file."""

    def __init__(self) -> None:
        self.found: list[DefinitionError] = []

    def __bool__(self) -> bool:
        return bool(self.found)

    def add(self, error: DefinitionError) -> None:
        self.found.extend(error.problems)

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Keep what goes wrong inside, and go on behind it."""
        try:
            yield
        except DefinitionError as error:
            self.add(error)

    def got(self, read: Callable[[], _T], otherwise: _T) -> _T:
        """What ``read`` gives; ``otherwise`` where it goes wrong."""
        with self.gathered():
            return read()
        return otherwise

    def read(self, section: Section, make: Callable[[Section], _T]) -> _T | None:
        """What ``make`` makes of a table; None where anything in it is wrong.

        A key that is wrong is told and put aside, and the rest is read again, so that of several
        wrong keys each is told. What is only missing because it was put aside is not.
        """
        aside: set[str] = set()
        while True:
            try:
                made = make(section.without(aside))
            except DefinitionError as error:
                fresh = [p for p in error.problems if p.key not in aside]
                self.found.extend(fresh)
                keys = {p.key for p in fresh if p.key in section.data}
                if not keys:
                    return None
                aside |= keys
            else:
                return None if aside else made

    def raise_any(self) -> None:
        """
        Raises:
            DefinitionError: all that was found, where anything was.
        """
        if self.found:
            raise DefinitionError.of_all(self.found)
