"""An office for the tests of its pages: the sample forms, users, and sheets put into the journal
without OCR."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import json
import shutil
import socket
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from desk.deliveryloop import DeliveryLoop
from desk.logins import EVERY, People, User
from desk.opendesk import Desk
from desk.server import configured
from flows.composition import open_site
from flows.definitions import Definitions
from flows.deskdelivery import DeskDelivery
from records.forms import FormDef
from records.types import Field, Problem, Reading, Receipt, Record
from records.written import written
from tests.kashima import OFFICE_TOML

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PASSWORD = "sakura-no-hana"
DOUBT = Problem("low_score", "はっきり読めません。用紙を確認してください")

USERS = (
    User("fukushi1", "福祉 一郎", frozenset({"staff"}), frozenset({"福祉課"})),
    User("fukushi2", "福祉 二子", frozenset({"staff"}), frozenset({"福祉課"})),
    User("zeimu1", "税務 一郎", frozenset({"staff"}), frozenset({"税務課"})),
    User("zeimu2", "税務 二子", frozenset({"staff"}), frozenset({"税務課"})),
    User("zeimu3", "税務 三郎", frozenset({"staff"}), frozenset({"税務課"})),
    User("joho", "情報 花子", frozenset({"it", "staff"}), frozenset({EVERY})),
    User("system", "情報 係", frozenset({"it"}), frozenset()),
)


def make_site(folder: Path, site_toml: str = "") -> Path:
    """The sample office without its scans."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(SAMPLES / "forms", folder / "forms")
    shutil.copy2(SAMPLES / "strategy.toml", folder / "strategy.toml")
    (folder / "site.toml").write_text(f"{site_toml}\n{OFFICE_TOML}", encoding="utf-8")
    return folder


def truth(scan: str) -> dict[str, Any]:
    sheets = json.loads((SAMPLES / "truth" / f"{scan}.json").read_text(encoding="utf-8"))["sheets"]
    fields: dict[str, Any] = sheets[0]["fields"]
    return fields


@dataclass
class Putter:
    """Puts sheets into the journal as if they had been read."""

    desk: Desk
    count: int = 0

    def sheet(
        self,
        scan: str,
        form: str,
        doubtful: Iterable[str],
        wrong: Mapping[str, Any] = {},
        *,
        picture: bool = True,
        values: Mapping[str, Any] | None = None,
        name: str = "",
        problems: tuple[Problem, ...] = (),
    ) -> Record:
        """One sheet: the scan's truth as its values, ``wrong`` ones in their place, ``doubtful``
        ones for a person; ``problems`` of the sheet itself."""
        self.count += 1
        now = self.desk.now()
        content = (SAMPLES / "scans" / scan).read_bytes() + f"\n{self.count}".encode()
        sha = hashlib.sha256(content).hexdigest()
        if picture:
            place = self.desk.site.archive / "2026" / sha[:2] / f"{sha}{Path(scan).suffix}"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        definition = self.desk.forms[form]
        right = dict(truth(scan) if values is None else values)
        fields = make_fields(definition, {**right, **wrong}, right, frozenset(doubtful))
        record = Record(
            Record.id_of(sha, 1), sha, (1,), form, definition.version, 0.95, fields, (), problems
        )
        self.desk.journal.documents.receive(
            sha, name or f"{self.count:03d}_{scan}", len(content), now
        )
        self.desk.journal.documents.claim("reader", 100, 60, now)
        self.desk.journal.readings.store(
            sha,
            [record],
            receipts=[
                Receipt(
                    "read", form, definition.initiative, {"sheets": 1, "fields": len(fields)}, 1.0
                )
            ],
            at=now,
            pages=1,
            verify=frozenset(f.id for f in self.desk.forms.values() if f.verify),
            actor="reader",
        )
        return record


def make_fields(
    form: FormDef, values: Mapping[str, Any], right: Mapping[str, Any], doubtful: frozenset[str]
) -> dict[str, Field]:
    made = {}
    for name, definition in form.fields.items():
        value, doubt = values.get(name), name in doubtful
        text = written(definition.kind, value)
        others = tuple(
            (written(definition.kind, v), 0.3)
            for v in [right.get(name)]
            if v != value and v is not None
        )
        made[name] = Field(
            name,
            definition.kind,
            text,
            value,
            0.61 if doubt else 0.999,
            (DOUBT,) if doubt else (),
            (Reading(text, 0.7, "ppocr"), Reading(text, 0.61, "trust", others)),
            definition.area,
            definition.page,
            unseen=not doubt,
        )
    return made


@dataclass
class Served:
    """A desk that answers on a loopback port."""

    desk: Desk
    url: str
    put: Putter


def definitions_of(desk: Desk) -> Definitions:
    """What the office of a desk has written down."""
    return Definitions(desk.site, desk.strategy, desk.forms)


@functools.cache
def users() -> bytes:
    """A database of :data:`USERS`, made once: argon2 takes its time on purpose."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.db"
        people = People(path)
        for user in USERS:
            people.add(user, PASSWORD)
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes()


def serve(folder: Path, *, delivering: bool = False) -> tuple[Served, Callable[[], None]]:
    """Serve a site on a free port; returns it and what stops it.

    Args:
        delivering: as ``torikomi desk`` does: rows go to their tables by themselves, here without
        much delay.
    """
    if not (folder / "desk.db").exists():
        (folder / "desk.db").write_bytes(users())
    opened = open_site(folder)
    desk = opened.desk
    if delivering:
        desk = dataclasses.replace(desk, deliveries=DeliveryLoop(quiet=0.1, longest=1.0, every=0.3))
        desk_delivery = DeskDelivery(opened.definitions, opened.journal, again=0.2)
        desk.begin(desk_delivery, ledgers=desk_delivery)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(configured(desk, "127.0.0.1", port))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    begun = time.monotonic()
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() - begun < 30
        time.sleep(0.02)

    def stop() -> None:
        server.should_exit = True
        thread.join(20)
        desk.close()
        opened.close()

    return Served(desk, f"http://127.0.0.1:{port}", Putter(desk)), stop
