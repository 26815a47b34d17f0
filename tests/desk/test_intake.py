"""受付: files in by the page, failures told and tried again; and the commands that belong to the
pages."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from connectors.files import sha256_of
from desk.arriving import safe_name
from flows.cli import main
from tests.desk.client import Client
from tests.desk.office import PASSWORD, SAMPLES, Served, make_site, serve

Login = Callable[..., Client]
SCAN = SAMPLES / "scans" / "child_allowance_02.tif"


def test_a_file_is_sent_in_and_lies_whole_in_the_inbox(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    page = as_user("fukushi1")
    page.goto(f"{office.url}/intake")
    page.select_option("#form", "child_allowance")
    page.set_input_files("#files", [SCAN])
    expect(page.locator("#uploads li")).to_contain_text("受け付けました")
    kept = office.desk.site.inbox / "child_allowance" / SCAN.name
    assert kept.read_bytes() == SCAN.read_bytes()
    page.set_input_files("#files", [SCAN])
    expect(page.locator("#uploads li")).to_have_count(2)
    expect(page.locator("#uploads li").first).to_contain_text("(2)")
    assert not [p for p in kept.parent.iterdir() if p.name.startswith(".")]


def test_what_is_too_large_empty_or_no_picture_is_refused(
    tmp_path: Path, office: Served, as_client: Login
) -> None:
    clerk = as_client("fukushi1")

    def send(content: bytes, name: str = "a.pdf", form: str = "") -> tuple[int, str]:
        reply = clerk.http.post(
            "/intake/upload",
            params={"name": name, "form": form},
            content=content,
            headers={"X-CSRF-Token": clerk.csrf, "Accept": "application/json"},
        )
        return reply.status_code, reply.json().get("error", "")

    assert send(b"") == (400, "「a.pdf」は中身が空です")
    assert send(b"MZ\x90 a program")[0] == 400
    assert send(b"%PDF-1.7", form="account_transfer")[0] == 404  # another department's
    too_large = b"%PDF-" + b"0" * (office.desk.site.desk.upload_megabytes * 1_000_000)
    assert send(too_large)[0] == 413
    assert send(b"%PDF-1.7", name="../../../etc/passwd.pdf")[0] == 200
    assert send(b"\0\0\0\x1cftypmif1\0\0\0\0mif1heic", name="写真.heic")[0] == 200
    assert send(b"RIFF\0\1\0\0WEBPVP8 ", name="b.webp")[0] == 200
    assert send(b"RIFF\0\1\0\0AVI LIST", name="c.webp")[0] == 400
    came = sorted(p.name for p in office.desk.site.inbox.rglob("*") if p.is_file())
    assert came == ["b.webp", "passwd.pdf", "写真.heic"]
    assert not list(tmp_path.parent.rglob("etc/passwd.pdf"))


def test_bounds_hold_where_no_length_is_stated(tmp_path: Path) -> None:
    served, stop = serve(make_site(tmp_path / "small", "[desk]\nupload_megabytes = 1\n"))
    with contextlib.ExitStack() as stack:
        stack.callback(stop)
        clerk = stack.enter_context(Client(served.url, "fukushi1"))
        headers = {"X-CSRF-Token": clerk.csrf, "Accept": "application/json"}

        def upload(size: int) -> int:
            content = (
                b"%PDF-" + b"0" * 9_995 for _ in range(size // 10_000)
            )  # chunk by chunk, no Content-Length
            return clerk.http.post(
                "/intake/upload?name=a.pdf", content=content, headers=headers
            ).status_code

        assert upload(1_000_000) == 200
        assert upload(1_010_000) == 400
        assert [path.name for path in served.desk.site.inbox.iterdir()] == [
            "a.pdf"
        ]  # no part of it is left
        for path in ("/review/decide", "/review/next", "/batch/decide"):
            much = b'{"x": "' + b"0" * 300_000 + b'"}'
            stated = clerk.http.post(
                path, content=much, headers={**headers, "Content-Type": "application/json"}
            )
            chunked = clerk.http.post(
                path, content=iter([much]), headers={**headers, "Content-Type": "application/json"}
            )
            assert (stated.status_code, chunked.status_code) == (413, 413)


NOT_TAKEN = ("~$x.pdf", "x.pdf.part", "x.pdf.tmp", "thumbs.db", "x.pdf~", "x.bak", "a.inprogress")


def test_what_the_sweep_would_leave_alone_is_not_accepted(office: Served, as_client: Login) -> None:
    clerk = as_client("fukushi1")
    for name in NOT_TAKEN:
        answer = clerk.http.post(
            "/intake/upload",
            params={"name": name},
            content=b"%PDF-1.7\n%%EOF\n",
            headers={"X-CSRF-Token": clerk.csrf, "Accept": "application/json"},
        )
        assert answer.status_code == 400, name
        assert "名前を変えて" in answer.text
    assert list(office.desk.site.inbox.rglob("*.*")) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../a.pdf", "a.pdf"),
        ("C:\\scan\\b.tif", "b.tif"),
        (".hidden", "hidden"),
        ("", "upload"),
        ("a\x00b.pdf", "a_b.pdf"),
        ("申請書 1.pdf", "申請書 1.pdf"),
        ("x" * 300 + ".pdf", "x" * 176 + ".pdf"),
        ("..", "upload"),
    ],
)
def test_names_of_files_are_harmless(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_a_failed_document_is_told_and_read_again_as_the_form_that_a_person_names(
    office: Served, as_client: Login
) -> None:
    desk, sha = office.desk, sha256_of(SCAN)
    desk.journal.documents.receive(sha, "薄いFAX.tif", 10, desk.now())
    desk.journal.documents.fail(sha, "合う様式がありません", "no_form", desk.now())
    desk.site.failed.mkdir(parents=True)
    (desk.site.failed / "薄いFAX.tif").write_bytes(SCAN.read_bytes())
    (desk.site.failed / "薄いFAX.tif.理由.txt").write_text(
        f"文書番号: {sha}\n元の場所: inbox/薄いFAX.tif\n", encoding="utf-8-sig"
    )
    admin, clerk = as_client("joho"), as_client("fukushi1")
    assert "合う様式がありません" in admin.get("/intake").text
    assert "薄いFAX" not in clerk.get("/intake").text  # nobody knows whose it is
    body = {"document": sha, "form": "child_allowance", "csrf": admin.csrf}
    assert admin.http.post("/intake/again", data=body).status_code == 303
    row = desk.journal.documents.get(sha)
    assert row is not None
    assert (row.state, row.form) == ("received", "child_allowance")
    assert not (desk.site.failed / "薄いFAX.tif").exists()
    assert "薄いFAX" in clerk.get("/intake").text  # now it is theirs


def test_users_are_added_listed_and_the_chain_is_verified_on_the_command_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    site = str(make_site(tmp_path / "site"))
    monkeypatch.setattr("click.prompt", lambda *args, **options: PASSWORD)

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as stop:
            main([*arguments, "--site", site])
        return int(str(stop.value.code)), "".join(capsys.readouterr())

    assert (
        run("user", "add", "kanri", "--role", "it", "--role", "staff", "--department", "*")[0] == 0
    )
    assert "もういます" in run("user", "add", "kanri")[1]
    assert "kanri" in run("user", "list")[1]
    assert run("user", "password", "kanri")[0] == 0
    assert run("user", "password", "nobody")[0] == 1
    code, text = run("audit", "verify")
    assert (code, "つながっています" in text) == (0, True)

    with sqlite3.connect(Path(site) / "torikomi.db") as db:
        db.execute("DROP TRIGGER events_no_delete")
        db.execute("DELETE FROM events WHERE seq = 1")
    db.close()
    code, text = run("audit", "verify")
    assert (code, "番号 1 " in text) == (1, True)
