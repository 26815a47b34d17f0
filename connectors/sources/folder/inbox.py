"""The office's inbox as a source of documents."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from connectors.sources.folder.claim import Claimed, claim
from connectors.sources.folder.scan import Seen, Settled, Sweep, scan
from records.site import Site


class Inbox:
    """The watched folder, as one process sees it over time.

    Args:
        inbox: the folder; ``work``: where files are taken to.
        settle: seconds for which a file must not have changed.
        forms: ids of the office's forms: a sub-folder of that name says what its files are.
    """

    def __init__(
        self, inbox: Path, work: Path, *, settle: float = 2.0, forms: Iterable[str] = ()
    ) -> None:
        self._inbox, self._work, self._settle = inbox, work, settle
        self._forms = tuple(forms)
        self._seen = Seen()

    @classmethod
    def from_site(cls, site: Site, forms: Iterable[str]) -> Inbox:
        """The inbox that site.toml names."""
        return cls(site.inbox, site.work, settle=site.intake.settle_seconds, forms=forms)

    def look(self, now: float) -> Sweep:
        """See :meth:`connectors.sources.Source.look`."""
        sweep = scan(self._inbox, self._seen, settle=self._settle, now=now)
        self._seen = sweep.seen
        return sweep

    def take(self, found: Settled) -> Claimed | None:
        """See :meth:`connectors.sources.Source.take`."""
        return claim(found, self._inbox, self._work, self._forms)
