"""What the pages of one site work with, made once and passed down."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from desk.ahead import Ahead
from desk.attention import Attention
from desk.handing import Deliver, Handing, Ledgers
from desk.people import People
from desk.pictures import Pictures
from desk.verifying import Verifying
from desk.views import Views
from desk.warm import Warm
from initiatives.accounts import Accounts
from initiatives.register import Strategy
from initiatives.strategy import load_strategy
from records.errors import DefinitionError, ServiceError
from records.formfiles import read_forms
from records.forms import FormDef
from records.journal import Journal, open_journal
from records.site import Site, load_site


@dataclass(frozen=True, slots=True)
class Desk:
    """One site behind its pages; shared by all requests of a process."""

    site: Site
    strategy: Strategy
    forms: Mapping[str, FormDef]
    journal: Journal
    people: People
    pictures: Pictures
    views: Views
    accounts: Accounts
    attention: Attention = field(default_factory=Attention)
    verifying: Verifying = field(default_factory=Verifying)
    handing: Handing = field(default_factory=Handing)
    ahead: Ahead = field(default_factory=Ahead)
    warm: Warm = field(default_factory=Warm)

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.site.timezone)

    def now(self) -> dt.datetime:
        """The time, aware, in the office's zone."""
        return dt.datetime.now(self.zone)

    def begin(
        self,
        deliver: Deliver | None = None,
        ready: Callable[[], object] = lambda: None,
        ledgers: Ledgers | None = None,
    ) -> None:
        """Do in the background what nobody should wait for: accounts and charts, pictures of what
        waits, and delivery where it is given. ``ready`` is called once, when the first page with
        figures is as quick as every later one."""
        self.warm.begin(self, ready)
        self.ahead.begin(self.journal, self.pictures)
        if deliver is not None:
            self.handing.begin(deliver, ledgers)

    def close(self) -> None:
        self.verifying.close()
        self.handing.close()
        self.ahead.close()
        self.warm.close()
        self.pictures.close()
        self.journal.close()


def people_of(site: Site) -> People:
    """The users of a site."""
    return People(site.folder / "desk.db", site.desk.idle_minutes * 60.0)


def open_desk(folder: Path) -> Desk:
    """Load a site's definitions and open its journal and users.

    Raises:
        DefinitionError: one of the office's files is missing or wrong.
        ServiceError: the journal cannot be reached, or the work folder not be written.
    """
    site = load_site(folder)
    strategy = load_strategy(site.strategy)
    forms, broken = read_forms(site.forms, strategy.codes, partial=False)
    if missing := [error for id, error in broken.items() if id not in forms]:
        raise DefinitionError.of_all(missing)  # its records could not be shown
    try:
        pictures = Pictures(site, forms)
    except OSError as error:
        raise ServiceError(
            "folder", f"作業フォルダー {site.work} に書き込めません。権限を確かめてください"
        ) from error
    journal = open_journal(site.journal, zone=site.timezone, attempts=site.intake.attempts)
    return Desk(
        site,
        strategy,
        forms,
        journal,
        people_of(site),
        pictures,
        Views(journal),
        Accounts(journal, strategy),
    )
