"""A served office, and the system's own Chromium without a window."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from desk.opendesk import Desk
from flows.composition import open_site
from tests.desk.client import Client
from tests.desk.office import PASSWORD, Served, make_site, serve, users

expect.set_options(timeout=30_000)
"""Milliseconds until a page must have come to a state. On a machine that runs other things, too, a
page takes some seconds at times; the usual five are too few."""

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=ja",
]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Served]:
    """A fresh office."""
    served, stop = serve(make_site(tmp_path / "site"))
    yield served
    stop()


@pytest.fixture
def still(tmp_path: Path) -> Iterator[Desk]:
    """A desk that nobody serves and that delivers only when told."""
    folder = make_site(tmp_path / "site")
    (folder / "desk.db").write_bytes(users())
    with open_site(folder) as opened:
        yield opened.desk


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if path is None:
        pytest.skip("Chromium is not installed (apt install chromium)")
    os.environ.setdefault("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=path,
            headless=True,
            args=_ARGUMENTS,
            env={**os.environ, "LANGUAGE": "ja"},
        )
        yield opened
        opened.close()


@pytest.fixture
def as_user(browser: Browser, office: Served) -> Iterator[Callable[[str], Page]]:
    """Log in through the page; each user has a browser profile of their own. Errors of scripts and
    policy fail the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def login(name: str) -> Page:
        context = browser.new_context(
            viewport={"width": 1366, "height": 768}, locale="ja-JP", timezone_id="Asia/Tokyo"
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if "Content Security Policy" in message.text
                else None
            ),
        )
        look_first(page)
        page.goto(f"{office.url}/login")
        page.fill("input[name=name]", name)
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: not url.endswith("/login"))
        return page

    yield login
    for context in contexts:
        context.close()
    assert not complaints


_SEEN = """() => new Promise((done) => {
  const look = () => (Torikomi.sight.open ? done() : setTimeout(look, 20));
  look();
})"""


def seen(page: Page) -> None:
    """Wait until what is on the screen takes an answer."""
    page.wait_for_load_state("load")
    page.evaluate(_SEEN)


def look_first(page: Page) -> None:
    """Let the page's keyboard press as a person does: what is on the screen is looked at first."""
    press = page.keyboard.press

    def looked(key: str, **options: Any) -> None:
        seen(page)
        press(key, **options)

    page.keyboard.press = looked  # type: ignore[method-assign]


@pytest.fixture
def as_client(office: Served) -> Iterator[Callable[..., Client]]:
    """Log in without a browser."""
    clients: list[Client] = []

    def login(name: str = "", **options: Any) -> Client:
        clients.append(Client(office.url, name, **options))
        return clients[-1]

    yield login
    for client in clients:
        client.close()
