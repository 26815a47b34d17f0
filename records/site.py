"""The site: one office's settings and folders, apart from the code so that the office can upgrade
with pip."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from records import days
from records.days import TIMEZONE
from records.formloading import ZONES
from records.lists import table
from records.strict import Section, load_toml


@dataclass(frozen=True, slots=True)
class Town:
    """One 町域: 7-digit postal code, name and kana."""

    postal_code: str
    name: str
    kana: str


TOWN_COLUMNS = ("郵便番号", "町域", "カナ")
"""The first line of a file of towns (``towns`` in site.toml)."""


@dataclass(frozen=True, slots=True)
class Office:
    """Who the office is and what its people usually write.

    What is empty is not known, and gives no evidence: without towns, no address is compared with
    any.

    Attributes:
        name: what it is called; ``city`` as addresses have it, with its 郡 (西松浦郡有田町).
        municipality_code: 全国地方公共団体コード, 6 digits.
        area_code: put before phone numbers that have none.
        other_postal_code: of every place that is not among ``towns``.
        timezone: where its day begins.
        received_on: the day of receipt of what is being read; None where nothing has come in.
    """

    name: str = ""
    prefecture: str = ""
    city: str = ""
    municipality_code: str = ""
    area_code: str = ""
    other_postal_code: str = ""
    towns: tuple[Town, ...] = ()
    timezone: str = TIMEZONE
    received_on: dt.date | None = field(default=None, compare=False)

    def __hash__(self) -> int:
        """Without going through the towns: a table of 1,000 would cost 2 ms at each look into a
        cache."""
        return hash((self.name, self.city, self.municipality_code, len(self.towns)))

    @property
    def today(self) -> dt.date:
        """The day as of which its sheets are read: that of receipt where it is known."""
        return self.received_on or days.today(self.timezone)

    def on(self, received_on: dt.date | None) -> Office:
        """The same office as it reads what came in on a day; None: as of today."""
        return dataclasses.replace(self, received_on=received_on)


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """How documents are taken in.

    Attributes:
        settle_seconds: size and mtime must stay unchanged this long before a file is claimed.
        poll_seconds: time between two sweeps of the inbox.
        batch: sheets in one flow run.
        attempts: how often a document is tried before it goes to failed/.
        max_pixels: largest page in pixels; a larger one is refused.
        max_pages: most pages in one document.
    """

    settle_seconds: float = 2.0
    poll_seconds: float = 5.0
    batch: int = 16
    attempts: int = 3
    max_pixels: int = 120_000_000
    max_pages: int = 2000


@dataclass(frozen=True, slots=True)
class ReadingSettings:
    """How sheets are read.

    Attributes:
        reader: who reads: ``ocr``; ``replay`` gives back results from files, for tests and trials
        (see flows.readers).
        second_reader: use Tesseract as a second opinion where it is installed.
        threads: threads of one engine.
        form_score: the fit below which nothing is read.
        sample_unseen: share of unseen fields that go to a person anyway, to know the real error
        rate.
    """

    reader: str = "ocr"
    second_reader: bool = True
    threads: int = 2
    form_score: float = 0.5
    sample_unseen: float = 0.01


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """How the web pages are served.

    Attributes:
        host, port: where they listen; the default is this machine only.
        https: the pages are reached through a proxy that speaks HTTPS (cookies are then sent over
        HTTPS only).
        user_header: the header in which the office's own single sign-on names the person; empty:
        log in here.
        proxies: addresses from which ``user_header`` is believed; from anywhere else it is ignored.
        idle_minutes: a session ends after so long without a request.
        upload_megabytes: the largest file that may be uploaded.
        folders: sub-folder of the inbox (``.`` is the inbox itself) → the departments that see what
        came by it and could not be read; without it, the department that the folder is named after.
        lease_minutes: how long a sheet belongs to the person who has it on the screen without a
        sign of life.
    """

    host: str = "127.0.0.1"
    port: int = 8710
    https: bool = False
    user_header: str = ""
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    idle_minutes: int = 60
    upload_megabytes: int = 100
    lease_minutes: int = 10
    folders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """One office's folder, read from ``site.toml``; every path is absolute."""

    folder: Path
    office: Office = field(default_factory=Office)
    intake: IntakeSettings = field(default_factory=IntakeSettings)
    reading: ReadingSettings = field(default_factory=ReadingSettings)
    desk: DeskSettings = field(default_factory=DeskSettings)
    journal_url: str = ""
    anchor_copy: Path | None = None
    zone: str = "mynumber"
    timezone: str = TIMEZONE
    folders: Mapping[str, Path] = field(default_factory=dict)

    @property
    def inbox(self) -> Path:
        return self.folders.get("inbox", self.folder / "inbox")

    @property
    def ledgers(self) -> Path:
        return self.folders.get("ledgers", self.folder / "ledgers")

    @property
    def failed(self) -> Path:
        return self.folders.get("failed", self.folder / "failed")

    @property
    def archive(self) -> Path:
        return self.folders.get("archive", self.folder / "archive")

    @property
    def work(self) -> Path:
        """Claimed files, lock files and Prefect's own database."""
        return self.folders.get("work", self.folder / "work")

    @property
    def audit(self) -> Path:
        """Where it is written down how far the journal has come, outside of it."""
        return self.folder / "audit"

    @property
    def forms(self) -> Path:
        return self.folder / "forms"

    @property
    def strategy(self) -> Path:
        return self.folder / "strategy.toml"

    @property
    def journal(self) -> str:
        """SQLAlchemy URL of the journal."""
        return self.journal_url or f"sqlite:///{self.folder / 'torikomi.db'}"


_FOLDERS = ("inbox", "ledgers", "failed", "archive", "work")


def load_site(folder: Path) -> Site:
    """Read ``folder/site.toml``. Every key has a default, so an empty file is a valid site.

    Raises:
        DefinitionError: the file is missing, or a key is unknown or of the wrong type.
    """
    folder = folder.resolve()
    top = load_toml(folder / "site.toml")
    timezone = _timezone(top)
    journal_url, anchor_copy = _journal(top.sub("journal", {}), folder)
    site = Site(
        folder=folder,
        office=_office(top.sub("office", {}), timezone, folder),
        intake=_intake(top.sub("intake", {})),
        reading=_reading(top.sub("reading", {})),
        desk=_desk(top.sub("desk", {})),
        journal_url=journal_url,
        anchor_copy=anchor_copy,
        zone=top.one_of("zone", ZONES, "mynumber"),
        timezone=timezone,
        folders=_paths(top.sub("folders", {}), folder),
    )
    top.done()
    return site


def _timezone(top: Section) -> str:
    zone = str(top.take("timezone", str, TIMEZONE))
    if not days.is_zone(zone):
        raise top.fail(f"時間帯「{zone}」はありません(例 {TIMEZONE})", "timezone")
    return zone


def _office(section: Section | None, timezone: str, folder: Path) -> Office:
    assert section is not None
    listed = section.take("towns", str, "")
    towns = (*(_listed(section, folder / listed) if listed else ()), *_towns(section))
    office = Office(
        name=section.take("name", str, ""),
        prefecture=section.take("prefecture", str, ""),
        city=section.take("city", str, ""),
        municipality_code=_municipality_code(section),
        area_code=_digits(section, "area_code", range(2, 6), ""),
        other_postal_code=_digits(section, "other_postal_code", (7,), ""),
        towns=towns,
        timezone=timezone,
    )
    section.done()
    if towns and not (office.prefecture and office.city):
        raise section.fail("町域の表には「prefecture」と「city」も要ります", "city")
    return office


def _towns(section: Section) -> Iterator[Town]:
    for part in section.subs("town"):
        code = _digits(part, "postal_code", (7,))
        yield Town(code, part.take("name", str), part.take("kana", str))
        part.done()


def _listed(section: Section, path: Path) -> Iterator[Town]:
    """The towns of a CSV file: postal code, name and kana."""
    if not path.is_file():
        raise section.fail(
            f"町域の表「{path.name}」がありません。torikomi init を "
            "--municipality 市区町村コード を付けて実行すると作れます",
            "towns",
        )
    for number, (code, name, reading) in enumerate(table(path, TOWN_COLUMNS), 2):
        plain = code.replace("-", "")
        if not (_is_digits(plain) and len(plain) == 7 and name):
            raise section.fail(
                f"「{path.name}」の{number}行目は、7桁の郵便番号と町域の名にしてください"
                f"(今は「{code}」「{name}」)",
                "towns",
            )
        yield Town(plain, name, reading)


def _municipality_code(section: Section) -> str:
    code = str(section.take("municipality_code", str, ""))
    if code:
        from records.checkdigits import is_municipality_code

        if not is_municipality_code(code):
            raise section.fail(
                f"「{code}」は市区町村コードではありません。検査数字つきの6桁で書いてください",
                "municipality_code",
            )
    return code


def _digits(section: Section, key: str, sizes: Container[int], *default: str) -> str:
    """A text of so many digits; a hyphen may stand between them."""
    text = str(section.take(key, str, *default)).replace("-", "")
    if text and not (_is_digits(text) and len(text) in sizes):
        example = {"area_code": "0123", "postal_code": "1230045"}.get(key, "1230045")
        raise section.fail(
            f"「{key}」の「{text}」は桁数が違うか、数字ではありません(例 {example})", key
        )
    return text


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _intake(section: Section | None) -> IntakeSettings:
    assert section is not None
    base = IntakeSettings()
    made = IntakeSettings(
        settle_seconds=section.take("settle_seconds", float, base.settle_seconds),
        poll_seconds=section.positive("poll_seconds", base.poll_seconds),
        batch=section.positive("batch", base.batch, int),
        attempts=section.positive("attempts", base.attempts, int),
        max_pixels=section.positive("max_pixels", base.max_pixels, int),
        max_pages=section.positive("max_pages", base.max_pages, int),
    )
    section.done()
    return made


def _reading(section: Section | None) -> ReadingSettings:
    assert section is not None
    base = ReadingSettings()
    made = ReadingSettings(
        reader=section.take("reader", str, base.reader),
        second_reader=section.take("second_reader", bool, base.second_reader),
        threads=section.positive("threads", base.threads, int),
        form_score=section.take("form_score", float, base.form_score),
        sample_unseen=section.take("sample_unseen", float, base.sample_unseen),
    )
    section.done()
    return made


def _desk(section: Section | None) -> DeskSettings:
    assert section is not None
    base = DeskSettings()
    made = DeskSettings(
        host=section.take("host", str, base.host),
        port=section.positive("port", base.port, int),
        https=section.take("https", bool, base.https),
        user_header=section.take("user_header", str, base.user_header),
        proxies=tuple(section.strings("proxies", list(base.proxies))),
        idle_minutes=section.positive("idle_minutes", base.idle_minutes, int),
        upload_megabytes=section.positive("upload_megabytes", base.upload_megabytes, int),
        lease_minutes=section.positive("lease_minutes", base.lease_minutes, int),
        folders=_owners(section.sub("folders", {})),
    )
    section.done()
    return made


def _owners(section: Section | None) -> dict[str, tuple[str, ...]]:
    assert section is not None
    owners = {key: tuple(section.strings(key, [])) for key in section.data}
    section.done()
    return owners


def _journal(section: Section | None, folder: Path) -> tuple[str, Path | None]:
    """The database's address, and where a copy of the anchors goes."""
    assert section is not None
    url = str(section.take("url", str, ""))
    copy = str(section.take("anchor_copy", str, ""))
    section.done()
    return url, (folder / copy).resolve() if copy else None


def _paths(section: Section | None, folder: Path) -> dict[str, Path]:
    assert section is not None
    paths = {key: section.take(key, str, "") for key in _FOLDERS}
    section.done()
    return {key: (folder / value).resolve() for key, value in paths.items() if value}
