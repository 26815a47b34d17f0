"""Who may do what, tried over HTTP with guessed addresses, missing tokens and stolen headers."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desk.guesses import TooManyGuesses
from desk.logins import People, User
from desk.web import POLICY
from records.errors import DefinitionError
from tests.desk.client import Client
from tests.desk.office import PASSWORD, Served, make_site, serve

Login = Callable[..., Client]


def test_a_department_sees_nothing_of_anothers_sheet_by_guessing_addresses(
    office: Served, as_client: Login
) -> None:
    record = office.put.sheet("child_allowance_02.tif", "child_allowance", ["birth_date"])
    own, other = as_client("fukushi1"), as_client("zeimu1")
    name, sha = record.id, record.document
    places = [
        f"/records/{name}",
        f"/sheets/{name}/1.jpg",
        f"/sheets/{name}/field/birth_date.jpg",
        "/review/sheet?form=child_allowance",
        "/batch?form=child_allowance",
        "/batch/field?form=child_allowance&field=birth_date",
        "/records?form=child_allowance",
        "/records/export.csv?form=child_allowance",
    ]
    for place in places:
        assert own.get(place).status_code == 200, place
        assert other.get(place).status_code == 404, place
    sheet = {"record": name, "reading": 1}
    for answer in (
        other.decide(sheet, "birth_date"),
        other.decide(sheet, "birth_date", "correct", "平成1年1月8日"),
        other.post("/review/check", {"record": name, "field": "birth_date", "text": "x"}),
        other.post("/review/reveal", {"record": name, "field": "my_number"}),
        other.post(
            "/batch/decide",
            {"items": [{**sheet, "field": "birth_date", "verdict": "accept", "seconds": 1}]},
        ),
        other.post("/intake/again", {"document": sha, "form": ""}),
    ):
        assert answer.status_code == 404
    assert other.next() == []
    assert "東島" not in other.get("/records").text + other.get("/intake").text
    assert name not in other.get("/records?text=東島").text + other.get("/records").text
    assert "東島" in own.get("/records?text=東島").text
    row = office.desk.journal.records.get(name)
    assert row is not None
    assert row.decisions == ()


def test_roles_open_their_own_pages_only(office: Served, as_client: Login) -> None:
    staff, it = as_client("fukushi1"), as_client("system")
    record = office.put.sheet("child_allowance_02.tif", "child_allowance", ["birth_date"])
    assert [staff.get(p).status_code for p in ("/users", "/audit")] == [404, 404]
    assert [it.get(p).status_code for p in ("/users", "/audit", "/intake")] == [200, 200, 200]
    assert [it.get(p).status_code for p in ("/review", "/records", f"/records/{record.id}")] == [
        404,
        404,
        404,
    ]
    assert (
        staff.http.post(
            "/users", data={"csrf": staff.csrf, "name": "x", "password": PASSWORD}
        ).status_code
        == 404
    )


def test_nothing_is_shown_or_changed_without_logging_in(office: Served, as_client: Login) -> None:
    record = office.put.sheet("child_allowance_02.tif", "child_allowance", ["birth_date"])
    nobody = as_client()
    for place in (
        "/",
        "/review",
        "/records",
        f"/records/{record.id}",
        f"/sheets/{record.id}/1.jpg",
        "/audit",
        "/intake/part",
        "/ledgers",
        f"/records/{record.id}/ledger/0",
    ):
        reply = nobody.get(place)
        assert (reply.status_code, reply.headers["location"].split("?")[0]) == (303, "/login"), (
            place
        )
    assert nobody.post("/review/next", {}).status_code == 401


def test_a_change_needs_the_token_and_may_not_come_from_another_site(
    office: Served, as_client: Login
) -> None:
    record = office.put.sheet("child_allowance_02.tif", "child_allowance", ["birth_date"])
    clerk, other = as_client("fukushi1"), as_client("fukushi2")
    body = {
        "record": record.id,
        "reading": 1,
        "field": "birth_date",
        "verdict": "accept",
        "seconds": 0,
    }
    for token in ("", "x", other.csrf):
        assert clerk.post("/review/decide", body, csrf=token).status_code == 403
        assert (
            clerk.http.post(
                "/intake/upload?name=a.pdf", content=b"%PDF-", headers={"X-CSRF-Token": token}
            ).status_code
            == 403
        )
    for foreign in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert (
            clerk.http.post(
                "/review/decide", json=body, headers={"X-CSRF-Token": clerk.csrf, **foreign}
            ).status_code
            == 403
        )
    assert clerk.post("/review/decide", body).status_code == 200


def test_every_answer_carries_the_headers_that_keep_others_out(
    office: Served, as_client: Login
) -> None:
    record = office.put.sheet("child_allowance_02.tif", "child_allowance", ["birth_date"])
    clerk = as_client("fukushi1")
    for place in (
        "/review",
        f"/records/{record.id}",
        f"/sheets/{record.id}/1.jpg",
        "/records/nowhere",
        "/static/desk.css",
        "/nowhere",
    ):
        headers = clerk.get(place).headers
        assert headers["content-security-policy"] == POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers
        if not place.startswith("/static"):
            assert headers["cache-control"] == "no-store"
    assert "unsafe" not in POLICY
    cookies = as_client().login("fukushi1", PASSWORD).headers.get_list("set-cookie")
    assert all("HttpOnly" in c and "SameSite=Lax" in c for c in cookies)


def test_text_from_paper_is_shown_as_text(office: Served, as_client: Login) -> None:
    nasty = '<script>alert(1)</script><img src=x onerror="alert(1)">'
    record = office.put.sheet(
        "child_allowance_02.tif",
        "child_allowance",
        ["applicant"],
        {"applicant": nasty},
        name=f"{nasty}.tif",
    )
    clerk = as_client("fukushi1")
    for place in (f"/records/{record.id}", "/records", "/intake", "/records?text=<script>"):
        assert "<script>alert" not in clerk.get(place).text
        assert "<img src=x" not in clerk.get(place).text


def test_guessing_a_password_is_slowed_down_and_told(office: Served, as_client: Login) -> None:
    nobody = as_client()
    answers = [nobody.login("fukushi1", f"wrong-{n}").status_code for n in range(6)]
    assert answers == [401] * 5 + [429]
    assert nobody.login("fukushi1", PASSWORD).status_code == 429  # the right one does not help now
    assert as_client().login("fukushi2", PASSWORD).status_code == 303  # others are not locked out
    kinds = [e.kind for e in office.desk.journal.chain.events(actor="fukushi1")]
    assert kinds == ["login_failed"] * 5 + ["login_refused"] * 2


def test_after_logging_in_one_stays_on_this_site(office: Served, as_client: Login) -> None:
    nobody = as_client()
    for place in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
    ):
        assert "evil" not in nobody.get(f"/login?next={place}").text
        assert 'value="/"' in nobody.get(f"/login?next={place}").text


def test_a_bug_tells_nobody_a_my_number(
    office: Served,
    as_client: Login,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("value 477627144459 is odd")

    clerk = as_client("fukushi1")
    monkeypatch.setattr("desk.pages.records._who", broken)
    office.put.sheet("child_allowance_02.tif", "child_allowance", [], picture=False)
    reply = clerk.get("/records")
    assert reply.status_code == 500
    assert "データは失われていません" in reply.text
    until = time.monotonic() + 10  # the log is written after the answer
    while "is odd" not in caplog.text and time.monotonic() < until:
        time.sleep(0.05)
    assert "********4459 is odd" in caplog.text
    assert "477627144459" not in caplog.text + reply.text


def test_users_are_kept_with_argon2_and_sessions_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000_000.0]
    people = People(tmp_path / "desk.db", idle=600, clock=lambda: now[0], pace=0.0)
    user = User("ito", "伊藤", frozenset({"staff"}), frozenset({"福祉課"}))
    people.add(user, PASSWORD)
    assert (
        b"$argon2id$" in (tmp_path / "desk.db").read_bytes()
        or b"$argon2id$" in (tmp_path / "desk.db-wal").read_bytes()
    )
    assert (tmp_path / "desk.db").stat().st_mode & 0o077 == 0
    for weak in ("short", "aaaaaaaaaaaa", "my-name-is-ito"):
        with pytest.raises(DefinitionError):
            people.set_password("ito", weak)
    with pytest.raises(DefinitionError, match="もういます"):
        people.add(user, PASSWORD)
    found = people.check("ito", PASSWORD, "10.0.0.1")
    assert found == user
    token, session = people.open_session(user)
    assert token.encode() not in (tmp_path / "desk.db").read_bytes()
    now[0] += 500
    assert people.session(token) == session
    now[0] += 500
    assert people.session(token) == session  # still in use
    now[0] += 601
    assert people.session(token) is None
    token, _ = people.open_session(user)
    people.change(User("ito", "伊藤", frozenset({"staff"}), frozenset({"福祉課"}), active=False))
    assert people.session(token) is None
    assert people.check("ito", PASSWORD, "10.0.0.1") is None
    people.change(user)
    monkeypatch.setattr(
        people, "_matches", lambda hashed, password: password == PASSWORD
    )  # argon2 takes its time
    for _ in range(40):  # many who log in rightly from behind one proxy do not lock each other out
        assert people.check("ito", PASSWORD, "10.9.9.9") == user
    for n in range(3):
        assert people.check(f"nobody{n}", "x", "10.9.9.9") is None
    for n in range(30):  # nor does somebody who guesses from behind the same proxy lock them out
        assert people.check(f"someone{n}", "x", "10.9.9.9") is None
    assert people.check("ito", PASSWORD, "10.9.9.9") == user
    for _ in range(5):
        assert people.check("ito", "wrong", "10.6.6.6") is None
    with pytest.raises(TooManyGuesses):
        people.check("ito", PASSWORD, "10.6.6.6")
    assert people.check("ito", PASSWORD, "10.9.9.9") == user, "at the usual place it is no matter"


def test_single_sign_on_is_believed_from_the_proxy_only(tmp_path: Path) -> None:
    settings = '[desk]\nuser_header = "X-Remote-User"\nproxies = ["{}"]\n'
    served, stop = serve(make_site(tmp_path / "trusted", settings.format("127.0.0.1")))
    with contextlib.ExitStack() as stack:
        stack.callback(stop)
        client = stack.enter_context(Client(served.url, headers={"X-Remote-User": "fukushi1"}))
        reply = client.get("/review")
        assert reply.status_code == 200
        assert "福祉 一郎" in reply.text
        stranger = stack.enter_context(Client(served.url, headers={"X-Remote-User": "stranger"}))
        assert stranger.get("/review").status_code == 403
        client.http.headers["X-Remote-User"] = "zeimu1"  # another person at the same browser
        assert "税務 一郎" in client.get("/review").text
        del client.http.headers["X-Remote-User"]
        assert client.get("/review").status_code == 303
    served, stop = serve(make_site(tmp_path / "untrusted", settings.format("10.1.2.3")))
    with contextlib.ExitStack() as stack:
        stack.callback(stop)
        forger = stack.enter_context(Client(served.url, headers={"X-Remote-User": "fukushi1"}))
        assert forger.get("/review").status_code == 303


def test_fifty_log_in_at_once(office: Served, as_client: Login) -> None:
    """All of them, with two passwords judged at a time; nobody is refused for another."""
    clients = [as_client() for _ in range(50)]
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda one: one.login("fukushi1", PASSWORD).status_code, clients))
    assert answers == [303] * 50


def test_guesses_at_once_do_not_slip_by(office: Served, as_client: Login) -> None:
    clients = [as_client() for _ in range(12)]
    with ThreadPoolExecutor(12) as pool:
        answers = pool.map(lambda one: one.login("fukushi1", "wrong").status_code, clients)
    assert sorted(answers) == [401] * 5 + [429] * 7


def test_a_login_over_a_session_ends_the_old_one(office: Served, as_client: Login) -> None:
    client = as_client("fukushi1")
    before = dict(client.http.cookies)
    assert client.login("zeimu1", PASSWORD).status_code == 303
    old = as_client()
    old.http.cookies.update(before)
    assert old.get("/review").status_code == 303


def test_only_whoever_has_a_role_sends_files(office: Served, as_client: Login) -> None:
    guest = User("guest", "見学 者", frozenset({"secretariat"}), frozenset())
    office.desk.people.add(guest, PASSWORD)
    client = as_client("guest")
    headers = {"X-CSRF-Token": client.csrf, "Accept": "application/json"}
    sent = client.http.post("/intake/upload?name=a.pdf", content=b"%PDF-1.4", headers=headers)
    assert sent.status_code == 404
