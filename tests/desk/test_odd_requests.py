"""Whatever an address or a body holds is answered or refused; nothing of it is a fault of ours."""

from __future__ import annotations

import importlib
import json
import pkgutil
import random
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.routing import APIRoute

import desk.pages
from tests.desk.client import Client
from tests.desk.office import Served

Login = Callable[..., Client]

WORDS = (
    "",
    "0",
    "-1",
    "9" * 400,
    "9223372036854775808",
    "1e999",
    "nan",
    "²",
    "１２",
    "\x00",
    "../../etc/passwd",
    "2026-13-40",
    "9999-12-31",
    "0001-01-01",
    "99999-01-01",
    "R99",
    "第99期",
    "[]",
    "<b>'\"",
    "\u202e\x1b[31m",
    "a" * 3000,
)
VALUES = (None, 0, -1, 10**30, 1e308, "", "\x00", "9" * 400, "9999-99-99", "²", [], [[]], {}, True)
KEYS = (
    "record",
    "field",
    "text",
    "reading",
    "verdict",
    "seconds",
    "items",
    "records",
    "document",
    "form",
    "have",
    "sheets",
    "minutes",
    "reason",
    "initiative",
    "day",
    "worker",
    "note",
    "name",
    "roles",
)
BODIES = (
    b"",
    b"{",
    b"\xff\xfe",
    b"[" * 50_000,
    b'{"a":' * 50_000,
    b'{"seconds": NaN}',
    b'{"text": "\\ud800", "\\ud800": 1}',
    b"[]",
    b"null",
)
_SOME = 20
"""Of the changed bodies a page; all 280 on all 22 pages were sent once and take minutes."""

LEFT_OUT = {"/logout", "/intake/upload", "/account/password"}
"""They end the session, take bytes, or change the password that the test logs in with."""


def _routes() -> Iterator[APIRoute]:
    for found in pkgutil.iter_modules(desk.pages.__path__):
        module = importlib.import_module(f"desk.pages.{found.name}")
        for route in (getattr(module, "router", None) and module.router.routes) or ():
            if isinstance(route, APIRoute) and route.path not in LEFT_OUT:
                yield route


def _path(route: APIRoute, word: str) -> str:
    path = route.path
    for name in (part.name for part in route.dependant.path_params):
        path = path.replace("{" + name + "}", quote(word, safe="") or "x")
    return path


@pytest.fixture
def sheet(office: Served) -> dict[str, Any]:
    record = office.put.sheet("child_allowance_02.tif", "child_allowance", ["birth_date"])
    return {
        "record": record.id,
        "document": record.document,
        "field": "birth_date",
        "form": "child_allowance",
        "reading": 1,
        "verdict": "correct",
        "text": "1",
        "seconds": 1.0,
    }


def _gets(route: APIRoute, record: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each part of an address by itself, the others as they should be."""
    queries = [part.name for part in route.dependant.query_params]
    for word in WORDS:
        if route.dependant.path_params:
            yield _path(route, word), {}
        for name in queries:
            yield _path(route, record), {name: word}


def test_no_address_breaks_a_page(office: Served, as_client: Login, sheet: dict[str, Any]) -> None:
    client = as_client("joho")
    for route in _routes():
        if "GET" not in route.methods:
            continue
        for path, query in _gets(route, sheet["record"]):
            answer = client.http.get(path, params=query)
            assert answer.status_code < 500, (path[:80], {k: v[:40] for k, v in query.items()})


def test_no_body_breaks_a_page(office: Served, as_client: Login, sheet: dict[str, Any]) -> None:
    client = as_client("joho")
    headers = {
        "content-type": "application/json",
        "accept": "application/json",
        "x-csrf-token": client.csrf,
    }
    changed = [{**sheet, key: value} for key in KEYS for value in VALUES]
    rng = random.Random(19)
    for route in _routes():
        if "POST" not in route.methods:
            continue
        path = _path(route, sheet["record"])
        some = rng.sample(changed, _SOME)
        for body in (*BODIES, *(json.dumps(one).encode() for one in some)):
            answer = client.http.post(path, content=body, headers=headers)
            assert answer.status_code < 500, (path, body[:120])


def test_a_number_that_is_none_is_told_in_japanese(office: Served, as_client: Login) -> None:
    answer = as_client("joho").get("/records?part=abc")
    assert answer.status_code == 400
    assert "アドレスの数字や書き方を読めません" in answer.text
