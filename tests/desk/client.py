"""A person without a browser: logs in, and sends what a page would send."""

from __future__ import annotations

import re
from typing import Any

import httpx

from tests.desk.office import PASSWORD


class Client:
    """One logged-in session over HTTP."""

    def __init__(self, url: str, name: str = "", headers: dict[str, str] | None = None) -> None:
        self.http = httpx.Client(base_url=url, headers=headers or {}, timeout=60, trust_env=False)
        self.csrf = ""
        if name:
            reply = self.login(name, PASSWORD)
            assert reply.status_code == 303, reply.text
            self.csrf = self.token()

    def login(self, name: str, password: str) -> httpx.Response:
        form = self.http.get("/login").text
        token = re.search(r'name="csrf" value="([^"]+)"', form)
        assert token
        return self.http.post(
            "/login",
            data={"csrf": token[1], "name": name, "password": password, "next": "/account"},
        )

    def token(self) -> str:
        found = re.search(r'name="csrf" content="([^"]+)"', self.http.get("/account").text)
        assert found
        return found[1]

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path)

    def post(self, path: str, body: dict[str, Any], csrf: str | None = None) -> httpx.Response:
        return self.http.post(
            path,
            json=body,
            headers={
                "Accept": "application/json",
                "X-CSRF-Token": self.csrf if csrf is None else csrf,
            },
        )

    def next(self, form: str = "", **more: Any) -> list[dict[str, Any]]:
        reply = self.post("/review/next", {"form": form, "have": [], **more})
        assert reply.status_code == 200, reply.text
        sheets: list[dict[str, Any]] = reply.json()["sheets"]
        return sheets

    def decide(
        self,
        sheet: dict[str, Any],
        field: str,
        verdict: str = "accept",
        text: str = "",
        **more: Any,
    ) -> httpx.Response:
        return self.post(
            "/review/decide",
            {
                "record": sheet["record"],
                "reading": sheet["reading"],
                "field": field,
                "verdict": verdict,
                "text": text,
                "seconds": 0.2,
                **more,
            },
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.http.close()
