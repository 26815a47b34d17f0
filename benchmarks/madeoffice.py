"""An office made for measuring: a large journal, and its desk in a process of its own."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from desk.logins import EVERY, People, User
from records.formloading import load_forms
from records.forms import FormDef
from records.journal import Journal, open_journal
from records.types import Field, Problem, Reading, Receipt, Record

SAMPLES = Path(__file__).resolve().parents[1] / "samples"

PASSWORD = "sakura-no-hana"
DOUBT = Problem("low_score", "はっきり読めません。用紙を確認してください")

SURNAMES = tuple(
    re.split(
        " ",
        "東島 光武 山口 田中 井手 吉田 松尾 中村 西村 馬場 江口 古賀 川崎 副島 永石 岩永 峰松 織田 森田 原",
    )
)

GIVEN = tuple(
    re.split(
        " ",
        "裕太 礼子 健一 美咲 翔太 和子 直樹 陽菜 大輔 恵子 蓮 結衣 隆 由美 誠 拓海 節子 勇気 千夏 昇",
    )
)

TOWNS = tuple(re.split(" ", "納富分 高津原 重ノ木 山浦 三河内 古枝 浜町 音成 飯田 常広 井手 中村"))


def sqlite(folder: Path) -> str:
    return f"sqlite:///{folder / 'torikomi.db'}"


def settings(folder: Path, url: str = "") -> None:
    """Write site.toml: the sample office's, and where the journal is."""
    journal = f'\n[journal]\nurl = "{url}"\n' if url else ""
    sample = (SAMPLES / "site.toml").read_text(encoding="utf-8")
    (folder / "site.toml").write_text(sample + journal, encoding="utf-8")


def make_site(folder: Path, count: int, people: int, url: str = "") -> None:
    """The sample office with ``count`` sheets of 55 and of 15 fields, a fifth of them waiting, and
    ``people`` who may log in."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(SAMPLES / "forms", folder / "forms", dirs_exist_ok=True)
    shutil.copy2(SAMPLES / "strategy.toml", folder / "strategy.toml")
    settings(folder, url)
    users = People(folder / "desk.db")
    for n in range(people):
        users.add(
            User(f"user{n:02d}", f"職員 {n}", frozenset({"staff"}), frozenset({EVERY})), PASSWORD
        )
    forms = load_forms(folder / "forms")
    mixed = [
        forms[name]
        for name in ("child_allowance", "child_allowance", "child_allowance", "staff_survey")
    ]
    rng = random.Random(1)
    begun = time.monotonic()
    with open_journal(url or sqlite(folder)) as journal:
        for start in range(0, count, 500):
            with journal.batch() as batch:
                for n in range(start, min(count, start + 500)):
                    put(batch, mixed[n % len(mixed)], n, rng)
            print(
                f"\r{min(count, start + 500):,} records, {time.monotonic() - begun:.0f} s",
                end="",
                file=sys.stderr,
            )
    print(file=sys.stderr)


def deliver_all(url: str) -> None:
    """Take what nobody needs to look at for delivered, as in an office that works; the tables
    themselves are not written."""
    parsed = sa.make_url(url)
    engine = sa.create_engine(
        parsed.set(drivername="postgresql+psycopg") if parsed.drivername == "postgresql" else parsed
    )
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE records SET state='delivered' WHERE state='ready'")
        connection.exec_driver_sql("DELETE FROM tallies WHERE scope='record'")
        connection.exec_driver_sql(
            "INSERT INTO tallies SELECT 'record', form, state, count(*) FROM records GROUP BY form, state"
        )
    engine.dispose()


def put(journal: Journal, form: FormDef, n: int, rng: random.Random) -> None:
    """One sheet as if it had been read; every fifth has three doubtful fields."""
    sha = hashlib.sha256(str(n).encode()).hexdigest()
    at = dt.datetime(2026, 1, 1, 9, tzinfo=dt.UTC) + dt.timedelta(minutes=n)
    names = [
        name
        for name, f in form.fields.items()
        if f.kind in ("name", "date", "phone", "text", "digits", "choice")
    ]
    doubtful = frozenset(names[:3] if n % 5 == 0 else ())
    fields = {name: field(form, name, name in doubtful, rng) for name in form.fields}
    record = Record(Record.id_of(sha, 1), sha, (1,), form.id, form.version, 0.95, fields)
    journal.documents.receive(sha, f"scan_{n:06d}.tif", 100_000, at)
    journal.readings.store(
        sha,
        [record],
        receipts=[Receipt("read", form.id, form.initiative, {"sheets": 1}, 1.0)],
        at=at,
        pages=1,
    )


def field(form: FormDef, name: str, doubtful: bool, rng: random.Random) -> Field:
    made = form.fields[name]
    person = f"{rng.choice(SURNAMES)}　{rng.choice(GIVEN)}"
    values: dict[str, Any] = {
        "name": person,
        "kana": "ヒガシジマ　ユウタ",
        "date": f"19{rng.randint(50, 99)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
        "phone": f"0954-6{rng.randint(0, 9)}-{rng.randint(0, 9999):04d}",
        "postal_code": "849-1313",
        "address": f"鹿島市大字{rng.choice(TOWNS)}{rng.randint(1, 3000)}番地{rng.randint(1, 40)}",
        "my_number": "123456789018",
        "text": rng.choice(["長男", "二女", "子"]),
        "mark": True,
        "seal": True,
        "signature": True,
        "choices": [],
        "bank_account": {
            "bank_code": "0179",
            "bank_name": "佐賀銀行",
            "branch_code": "669",
            "branch_name": "鹿島支店",
            "account_kind": "普通",
            "number": f"{rng.randint(0, 9_999_999):07d}",
            "holder": "ヒガシジマ　ユウタ",
        },
    }
    value = values.get(
        made.kind, next(iter(made.place.options)) if made.place and made.place.options else "x"
    )
    text = value
    if not isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
    return Field(
        name,
        made.kind,
        text,
        value,
        0.6 if doubtful else 0.999,
        (DOUBT,) if doubtful else (),
        (Reading(text, 0.8, "ppocr", ((text + "7", 0.1),)),),
        made.area,
        made.page,
        unseen=not doubtful,
    )


class DeskProcess:
    """``torikomi desk`` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from flows.cli import main; main()",
                "desk",
                "--port",
                str(port),
                "--site",
                str(folder),
            ]
        )

    def __enter__(self) -> DeskProcess:
        for _ in range(300):
            try:
                httpx.get(f"{self.url}/login", trust_env=False)
                return self
            except httpx.TransportError:
                time.sleep(0.2)
        raise RuntimeError("the desk does not answer")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(20)
