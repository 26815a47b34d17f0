"""What the pages of one site work with, made once and passed down."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from desk.attention import Attention
from desk.deliveryloop import Deliver, DeliveryLoop, Ledgers
from desk.logins import People
from desk.pictures import Pictures
from desk.prefetch import Prefetch
from desk.preload import Preload
from desk.verifying import Verifying
from desk.views import Views
from initiatives.accounts import Accounts
from initiatives.register import Strategy
from records.errors import ServiceError
from records.forms import FormDef
from records.journal import Journal
from records.site import Site


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
    deliveries: DeliveryLoop = field(default_factory=DeliveryLoop)
    prefetch: Prefetch = field(default_factory=Prefetch)
    preload: Preload = field(default_factory=Preload)

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
        self.preload.begin(self.accounts, self.strategy, self.now, ready)
        self.prefetch.begin(self.journal, self.pictures)
        if deliver is not None:
            self.deliveries.begin(deliver, ledgers)

    def close(self) -> None:
        """End what works in the background."""
        self.verifying.close()
        self.deliveries.close()
        self.prefetch.close()
        self.preload.close()
        self.pictures.close()


def people_of(site: Site) -> People:
    """The users of a site."""
    return People(site.folder / "desk.db", site.desk.idle_minutes * 60.0)


def make_desk(
    site: Site,
    strategy: Strategy,
    forms: Mapping[str, FormDef],
    journal: Journal,
    people: People,
) -> Desk:
    """A desk over what was opened for a site; who opened the journal closes it after the desk.

    Raises:
        ServiceError: the work folder cannot be written.
    """
    try:
        pictures = Pictures(site, forms)
    except OSError as error:
        raise ServiceError(
            "folder", f"作業フォルダー {site.work} に書き込めません。権限を確かめてください"
        ) from error
    accounts = Accounts(journal, strategy)
    return Desk(site, strategy, forms, journal, people, pictures, Views(journal), accounts)
