"""Where documents come from. A small contract, a lazy table, and one test suite over all of them.

A source only brings: it says what has come, and takes it into ``work/processing``, named by the hash
of its bytes. From there on every document goes the same way (:mod:`connectors.sources.folder`), and
the journal knows bytes that came before. So whoever calls may repeat everything after any failure.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from typing import Protocol

from connectors.sources.folder.claim import Claimed
from connectors.sources.folder.scan import Settled, Sweep
from records.errors import DefinitionError
from records.site import Site

__all__ = [
    "GROUP",
    "SOURCES",
    "Claimed",
    "Settled",
    "Source",
    "SourceKind",
    "Sweep",
    "open_sources",
]


class Source(Protocol):
    """Where documents come from."""

    def look(self, now: float) -> Sweep:
        """What has come and may be taken, and what may be taken soon. Changes nothing.

        Args:
            now: monotonic seconds, from the same clock at each look.

        Raises:
            ServiceError: the source cannot be reached now; look again later.
        """
        ...

    def take(self, found: Settled) -> Claimed | None:
        """Take one of what :meth:`look` gave: its bytes are on the disk before it goes there.

        When the process dies inside, the document is still at the source, or taken, or both; taken
        twice it is one document. :func:`connectors.sources.folder.recover` finds what was taken.

        Returns:
            None where it changed meanwhile or is gone.

        Raises:
            ServiceError: it cannot be taken now; it is where it was.
        """
        ...


class SourceKind(Protocol):
    """A kind of source. A class with the methods of :class:`Source`."""

    def from_site(self, site: Site, forms: Iterable[str]) -> Source | None:
        """The source of one office; None where the office has none of this kind. A classmethod.

        Args:
            forms: ids of the office's forms, to tell a form's folder from a channel's.

        Raises:
            DefinitionError: its settings are wrong.
        """
        ...


SOURCES: Mapping[str, str] = {"folder": "connectors.sources.folder.inbox:Inbox"}
"""Kinds of sources that ship, and where they live."""

GROUP = "torikomi.sources"
"""Entry points of installed packages that bring a kind of source: ``name = "module:Class"``."""


def open_sources(site: Site, forms: Iterable[str]) -> dict[str, Source]:
    """All sources of an office by the name of their kind, the inbox first.

    Raises:
        DefinitionError: the settings of one are wrong, or an installed package cannot be used.
    """
    ids = tuple(forms)
    made: dict[str, Source] = {}
    for name, where in SOURCES.items():
        module, _, attribute = where.partition(":")
        kind: SourceKind = getattr(importlib.import_module(module), attribute)
        _add(made, name, kind.from_site(site, ids))
    for point in entry_points(group=GROUP):
        if point.name in made:
            continue
        try:
            source = point.load().from_site(site, ids)
        except DefinitionError:
            raise
        except Exception as error:  # foreign code may raise anything
            reason = f"{type(error).__name__}: {error}"
            raise DefinitionError(
                f"取り込み元「{point.name}」の部品({point.value})を使えません({reason})。"
                "部品を作った人に知らせるか、部品を外してください"
            ) from error
        _add(made, point.name, source)
    return made


def _add(made: dict[str, Source], name: str, source: Source | None) -> None:
    if source is not None:
        made[name] = source
