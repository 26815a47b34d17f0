"""The watched folder: what is taken, when, and that nothing is lost or doubled on the way."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors import files
from connectors.sources import folder
from connectors.sources.folder import Seen, claim, scan
from records.errors import ServiceError
from tests.connectors.conftest import Office
from tests.connectors.dying import Killed, die_at

DAY = dt.date(2026, 4, 1)
NOON = dt.datetime(2026, 4, 1, 12, 0)
REASON = "ページが途中で切れています。スキャンし直してください"


def names(sweep: folder.Sweep) -> list[str]:
    return [found.relative for found in sweep.settled]


# --- scan -----------------------------------------------------------------------------------------


def test_a_file_settles_when_it_has_stopped_changing(office: Office) -> None:
    path = office.drop("fax/a.tif", b"1")
    first = scan(office.inbox, Seen(), settle=2, now=100)
    assert (names(first), first.waiting, first.settles_in) == ([], 1, 2)
    path.write_bytes(b"12")
    second = scan(office.inbox, first.seen, settle=2, now=102)
    assert (names(second), second.settles_in) == ([], 2)
    assert names(scan(office.inbox, second.seen, settle=2, now=103.9)) == []
    assert names(scan(office.inbox, second.seen, settle=2, now=104)) == ["fax/a.tif"]


def test_the_same_size_with_a_new_time_is_a_change(office: Office) -> None:
    path = office.drop("a.tif", b"1")
    first = scan(office.inbox, Seen(), settle=2, now=0)
    os.utime(path, ns=(1, 1))
    assert names(scan(office.inbox, first.seen, settle=2, now=9)) == []


def test_oldest_first_and_no_settle_time_needs_one_look(office: Office) -> None:
    for n, name in enumerate(("c", "b", "a")):
        os.utime(office.drop(name), (n, n))
    assert names(scan(office.inbox, Seen(), settle=0, now=0)) == ["c", "b", "a"]


@pytest.mark.parametrize(
    "name",
    [
        ".hidden",
        "~$台帳.xlsx",
        "a.part",
        "A.TMP",
        "b.crdownload",
        "b.tif.$$$",
        "Trash/a.tif",
        "Thumbs.db",
        "desktop.ini",
        ".sync/a.tif",
        "@eaDir/a.tif",
    ],
)
def test_what_other_programs_make_is_left_alone(office: Office, name: str) -> None:
    office.drop(name)
    sweep = scan(office.inbox, Seen(), settle=0, now=0)
    assert (names(sweep), sweep.waiting) == ([], 0)


def test_links_are_not_followed(office: Office, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (office.inbox / "link").symlink_to(tmp_path / "secret")
    (office.inbox / "dir").symlink_to(tmp_path)
    assert names(scan(office.inbox, Seen(), settle=0, now=0)) == []


@pytest.mark.parametrize(
    "data",
    [
        b"\0" * 5000,
        b"II*\0\x08\0\0\0" + b"\0" * 9000,
        b"%PDF-1.7\n1 0 obj",
        b"\xff\xd8\xff\xe0JFIF",
        b"\x89PNG\r\n\x1a\nIHDR",
        b"II*\0\xff\xff\0\0rest",
        b"MM\0*\0\0\xff\xffrest",
    ],
)
def test_a_cut_off_file_is_given_more_time_but_not_forever(office: Office, data: bytes) -> None:
    office.drop("a", data)
    seen = scan(office.inbox, Seen(), settle=2, now=0).seen
    assert names(scan(office.inbox, seen, settle=2, now=9.9)) == []
    assert names(scan(office.inbox, seen, settle=2, now=10)) == ["a"]


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n%%EOF\n",
        b"\xff\xd8\xff\xe0\xff\xd9",
        b"\x89PNG\r\n\x1a\nIEND",
        b"II*\0\x08\0\0\0restrest",
        b"anything",
    ],
)
def test_a_whole_file_does_not_have_to_wait(office: Office, data: bytes) -> None:
    office.drop("a", data)
    seen = scan(office.inbox, Seen(), settle=2, now=0).seen
    assert names(scan(office.inbox, seen, settle=2, now=2)) == ["a"]


def test_a_share_that_is_away_may_be_tried_again(office: Office) -> None:
    with pytest.raises(
        ServiceError, match="見つかりません。共有フォルダーにつながっているか"
    ) as error:
        scan(office.inbox / "gone", Seen(), settle=0, now=0)
    assert error.value.service == "folder"


# --- claim ----------------------------------------------------------------------------------------


def test_a_claim_moves_the_file_to_where_its_content_says(office: Office) -> None:
    claimed = office.take("fax/child_allowance/申請 書.tif", b"abc")
    assert claimed.path == office.work / "processing" / claimed.sha256 / "申請 書.tif"
    assert claimed.path.read_bytes() == b"abc"
    assert claimed.sha256 == files.sha256_of(claimed.path)
    assert (claimed.channel, claimed.form, claimed.relative) == (
        "fax",
        "child_allowance",
        "fax/child_allowance/申請 書.tif",
    )
    assert list(office.inbox.rglob("*.tif")) == []
    assert folder.recover(office.work) == [claimed]
    assert folder.held(office.work, claimed.sha256) == claimed


@pytest.mark.parametrize(
    "name",
    [
        "あ" * 80 + ".pdf",
        "x" * 250 + ".tif",
        "改行\nと\tタブ.pdf",
        "'引用\" & $(rm) ;.pdf",
        "　全角 空白　.pdf",
        "①㈱髙﨑.pdf",
        "no_suffix",
        os.fsdecode(b"\x8e\x73\x96\xaf.pdf"),  # Shift_JIS on an old share
    ],
)
def test_any_name_goes_the_whole_way(office: Office, name: str) -> None:
    claimed = office.take(name, b"1")
    assert claimed.name == name
    assert folder.recover(office.work) == [claimed]
    failed = folder.fail(claimed, office.failed, REASON, NOON)
    assert failed.read_bytes() == b"1"
    back = folder.take_back(
        claimed.sha256, work=office.work, archive_root=office.archive, failed_root=office.failed
    )
    assert back is not None
    kept = folder.archive(back, office.archive, DAY)
    assert kept.read_bytes() == b"1"
    assert folder.recover(office.work) == []


def test_a_file_that_changed_or_went_away_meanwhile_is_left_for_the_next_sweep(
    office: Office,
) -> None:
    path = office.drop("a.tif", b"1")
    found = scan(office.inbox, Seen(), settle=0, now=0).settled[0]
    path.write_bytes(b"12")
    assert claim(found, office.inbox, office.work) is None
    path.unlink()
    assert claim(found, office.inbox, office.work) is None
    assert folder.recover(office.work) == []


def test_the_same_content_twice_is_never_overwritten(office: Office) -> None:
    first = office.take("a.tif")
    second = office.take("b.tif")
    assert first.sha256 == second.sha256
    assert first.path != second.path
    assert first.token != second.token
    assert {c.name for c in folder.recover(office.work)} == {"a.tif", "b.tif"}
    assert folder.held(office.work, first.sha256) == first


def test_a_lost_sidecar_does_not_lose_the_file(office: Office) -> None:
    claimed = office.take("a.tif")
    claimed.sidecar.unlink()
    found = folder.recover(office.work)
    assert [(c.sha256, c.path) for c in found] == [(claimed.sha256, claimed.path)]
    assert folder.recover(office.work) == found, "its name for the journal stays the same"


@pytest.fixture
def public_office() -> Iterator[Office]:
    """Folders that another user can reach; pytest's own are closed to others."""
    root = Path(tempfile.mkdtemp(prefix="torikomi-"))
    root.chmod(0o755)
    yield Office(root)
    shutil.rmtree(root)


@contextlib.contextmanager
def without_privileges() -> Iterator[None]:
    """Permissions do not bind root."""
    if os.getuid() != 0:
        yield
        return
    os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)


def test_an_inbox_that_nothing_can_be_moved_from(public_office: Office) -> None:
    office = public_office
    path = office.drop("a.tif")
    office.work.mkdir()
    office.work.chmod(0o777)
    office.inbox.chmod(0o555)
    found = scan(office.inbox, Seen(), settle=0, now=0).settled[0]
    try:
        with without_privileges():
            with pytest.raises(
                ServiceError, match=r"監視フォルダー.*書き込みの権限を確かめてください"
            ):
                claim(found, office.inbox, office.work)
            assert folder.recover(office.work) == []
            path_is_there = path.read_bytes() == b"scan"
    finally:
        office.inbox.chmod(0o755)
    assert path_is_there
    claimed = claim(found, office.inbox, office.work)
    assert claimed is not None, "once the permission is there, it goes on"


def test_a_file_that_may_not_be_read_is_told_by_name(public_office: Office) -> None:
    office = public_office
    office.drop("秘密.tif").chmod(0)
    found = scan(office.inbox, Seen(), settle=0, now=0).settled[0]
    with without_privileges(), pytest.raises(ServiceError, match=r"「秘密\.tif」を開けません"):
        claim(found, office.inbox, office.work)


def test_a_full_disk_leaves_the_file_where_it_was(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    office.drop("a.tif")
    found = scan(office.inbox, Seen(), settle=0, now=0).settled[0]
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ServiceError, match="ディスクがいっぱい"):
        claim(found, office.inbox, office.work)
    monkeypatch.undo()
    assert office.everything() == [b"scan"]
    assert folder.recover(office.work) == []


# --- across devices -------------------------------------------------------------------------------


@pytest.fixture
def other_device(monkeypatch: pytest.MonkeyPatch, office: Office) -> None:
    """Renames out of the inbox fail as they do when it is on another device."""
    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if office.inbox in self.parents and office.inbox not in target.parents:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)


@pytest.mark.usefixtures("other_device")
def test_across_devices_the_file_is_copied_whole_and_then_removed(office: Office) -> None:
    claimed = office.take("a.tif", b"x" * 3_000_000)
    assert claimed.path.stat().st_size == 3_000_000
    assert list(office.inbox.iterdir()) == []
    assert [p.name for p in claimed.slot.iterdir()] == ["a.tif"]


@pytest.mark.usefixtures("other_device")
def test_a_copy_whose_original_cannot_be_removed_is_undone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = office.drop("a.tif")
    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if self == path and office.inbox in target.parents:
            raise OSError(errno.EROFS, "Read-only file system")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    found = scan(office.inbox, Seen(), settle=0, now=0).settled[0]
    with pytest.raises(ServiceError, match="権限"):
        claim(found, office.inbox, office.work)
    assert office.everything() == [b"scan"]


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no second device to try it on")
def test_killed_between_copying_and_removing_the_next_sweep_completes_the_claim(
    tmp_path: Path,
) -> None:
    inbox = Path("/dev/shm") / f"torikomi-{os.getpid()}"
    inbox.mkdir()
    try:
        if inbox.stat().st_dev == tmp_path.stat().st_dev:
            pytest.skip("no second device to try it on")
        (inbox / "a.tif").write_bytes(b"scan")
        found = scan(inbox, Seen(), settle=0, now=0).settled[0]
        first = claim(found, inbox, tmp_path / "work")
        assert first is not None
        (inbox / "a.tif").write_bytes(b"scan")  # as if it had not been removed
        again = scan(inbox, Seen(), settle=0, now=0).settled[0]
        assert claim(again, inbox, tmp_path / "work") == first, "the same arrival, not a duplicate"
        assert list(inbox.iterdir()) == []
        assert folder.recover(tmp_path / "work") == [first]
    finally:
        shutil.rmtree(inbox)


# --- where it ends --------------------------------------------------------------------------------


# --- killed anywhere ------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["archive", "fail", "discard"])
def test_killed_before_any_single_step_nothing_is_lost_and_the_restart_completes_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    end: str,
) -> None:
    """Every call that changes the disk is once the last one; then everything is done again from
    what is there."""
    kills = 0
    for step in range(200):
        root = tmp_path / str(step)
        root.mkdir()
        office = Office(root)
        if end == "discard":
            folder.archive(office.take("first.tif"), office.archive, DAY)
        office.drop("fax/a.tif")
        with monkeypatch.context() as patch:
            counter = die_at(patch, step)
            killed = not _whole_way(office, end)
        contents = office.everything()
        assert b"scan" in contents, (step, "lost")
        assert _whole_way(office, end), step
        expected = {"archive": [b"scan"], "fail": [b"scan"], "discard": [b"scan"]}[end]
        assert office.everything() == expected, (step, "twice")
        assert folder.recover(office.work) == []
        assert list(office.inbox.rglob("*.tif")) == []
        if end == "fail":
            assert sorted(p.name for p in office.failed.iterdir()) == ["a.tif", "a.tif.理由.txt"]
        leftovers = [p for p in root.rglob("*") if p.name.endswith(".tmp")]
        assert leftovers == []
        kills += killed
        if not killed:
            assert counter[0] <= step
            break
    assert kills >= 8


def _whole_way(office: Office, end: str) -> bool:
    """What the service does from start to end; False where it was killed."""
    try:
        folder.recover(office.work)
        for found in scan(office.inbox, Seen(), settle=0, now=0).settled:
            claim(found, office.inbox, office.work)
        for claimed in folder.recover(office.work):
            if end == "archive":
                folder.archive(claimed, office.archive, DAY)
            elif end == "fail":
                folder.fail(claimed, office.failed, REASON, NOON)
            else:
                folder.discard(claimed, office.work, office.archive, DAY)
    except Killed:
        return False
    return True
