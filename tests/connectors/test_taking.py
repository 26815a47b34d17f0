"""Files whose writers are not done, and what is no document at all: no byte lost, nothing said
twice."""

from __future__ import annotations

import datetime as dt
import errno
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.sources import folder
from connectors.sources.folder import Seen, claim, holders, left_alone, parked, scan
from records.errors import ServiceError

PDF = b"%PDF-1.7\nscan\n%%EOF\n"
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux who has a file open")


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


@pytest.fixture
def as_on_a_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing tells who has a file open."""
    monkeypatch.setattr(holders, "_tells", lambda path: False)


def settled(inbox: Path) -> list[folder.Settled]:
    return list(scan(inbox, Seen(), settle=0, now=0).settled)


def take(inbox: Path, work: Path) -> folder.Claimed:
    [found] = settled(inbox)
    claimed = claim(found, inbox, work)
    assert claimed is not None
    return claimed


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("scan.pdf.writing", "temporary"),
        ("scan.pdf.inprogress", "temporary"),
        ("SCAN.PDF.FILEPART", "temporary"),
        ("scan.pdf.lock", "temporary"),
        ("申請.pdf.sb-1a2b3c4d-xyZ", "temporary"),
        ("~WRL0001.tmp", "temporary"),
        ("scan.pdf~", "backup"),
        ("~scan.pdf", "backup"),
        ("scan.pdf.bak", "backup"),
        ("#scan.pdf#", "backup"),
        ("scan.pdf.lnk", "backup"),
        ("~$台帳.xlsx", "noise"),
        ("Thumbs.db", "noise"),
        ("ehthumbs_vista.db", "noise"),
        ("Thumbs.db:encryptable", "noise"),
        ("Icon\r", "noise"),
        (".DS_Store", "noise"),
        ("._申請.pdf", "noise"),
        ("申請.pdf", None),
        ("#1 窓口.pdf", None),
        ("@福祉課.tif", None),
        ("scan.tmp.pdf", None),
        ("-rf.pdf", None),
        ("名前なし", None),
        ("改行\nあり.pdf", None),
    ],
)
def test_a_name_says_whether_it_is_a_document(name: str, reason: str | None) -> None:
    assert left_alone(name) == reason


@pytest.mark.parametrize(
    "name",
    [
        "#recycle",
        "@Recycle",
        "#snapshot",
        "@Recently-Snapshot",
        "~snapshot",
        "lost+found",
        "@tmp",
        "@eaDir",
        "@__thumb",
        ".Trash-1000",
        "$RECYCLE.BIN",
        "System Volume Information",
        ".snapshot",
    ],
)
def test_folders_that_a_nas_keeps_are_not_entered_and_named(inbox: Path, name: str) -> None:
    (inbox / name).mkdir()
    (inbox / name / "捨てた申請.pdf").write_bytes(PDF)
    sweep = scan(inbox, Seen(), settle=0, now=0)
    assert sweep.settled == ()
    assert [(one.relative, one.reason) for one in sweep.left] == [(name, "system")]


def test_a_folder_that_is_being_downloaded_is_not_entered(inbox: Path) -> None:
    (inbox / "申請.pdf.download").mkdir()
    (inbox / "申請.pdf.download" / "申請.pdf").write_bytes(PDF)
    assert settled(inbox) == []


@pytest.mark.parametrize("name", ["fax", "#1", "@福祉課", "R7.4 分", "~2025", "recycle-office"])
def test_folders_of_the_staff_are_entered(inbox: Path, name: str) -> None:
    (inbox / name).mkdir()
    (inbox / name / "申請.pdf").write_bytes(PDF)
    assert [found.relative for found in settled(inbox)] == [f"{name}/申請.pdf"]


def test_what_is_no_plain_file_is_named_and_stops_nothing(inbox: Path, tmp_path: Path) -> None:
    (inbox / "link.pdf").symlink_to(tmp_path / "missing.pdf")
    (inbox / "linked").symlink_to(tmp_path)
    os.mkfifo(inbox / "pipe.pdf")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(inbox / "socket.pdf"))
        (inbox / "a.pdf").write_bytes(PDF)
        sweep = scan(inbox, Seen(), settle=0, now=0)
    assert [found.relative for found in sweep.settled] == ["a.pdf"]
    assert {one.relative: one.reason for one in sweep.left} == {
        "link.pdf": "link",
        "linked": "link",
        "pipe.pdf": "special",
        "socket.pdf": "special",
    }


def test_a_file_that_becomes_a_pipe_or_a_link_is_not_waited_for(inbox: Path, work: Path) -> None:
    path = inbox / "a.pdf"
    path.write_bytes(PDF)
    [found] = settled(inbox)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(ServiceError, match="開けません"):
        claim(found, inbox, work)
    assert stat.S_ISFIFO(path.lstat().st_mode)


def test_a_name_of_one_being_written_is_told_once_it_is_old(inbox: Path) -> None:
    path = inbox / "a.pdf.part"
    path.write_bytes(PDF)
    assert scan(inbox, Seen(), settle=0, now=0).left == ()
    os.utime(path, (0, 0))
    [left] = scan(inbox, Seen(), settle=0, now=0).left
    assert (left.relative, left.reason) == ("a.pdf.part", "temporary")


def test_an_empty_file_is_never_taken_and_is_told(inbox: Path) -> None:
    for name in ("a.tif", "b.tif"):
        (inbox / name).touch()
    first = scan(inbox, Seen(), settle=2, now=0)
    assert (first.waiting, first.left) == (2, ())
    later = scan(inbox, first.seen, settle=2, now=1000)
    assert (later.settled, later.waiting) == ((), 0)
    assert {(one.relative, one.reason) for one in later.left} == {
        ("a.tif", "empty"),
        ("b.tif", "empty"),
    }
    (inbox / "a.tif").write_bytes(PDF)
    filled = scan(inbox, later.seen, settle=2, now=1001)
    assert filled.waiting == 1
    done = scan(inbox, filled.seen, settle=2, now=1003)
    assert [found.relative for found in done.settled] == ["a.tif"]


# --- writers that hold a file ---------------------------------------------------------------------


@ON_LINUX
def test_a_file_that_is_open_for_writing_waits_until_it_is_closed(inbox: Path) -> None:
    with (inbox / "a.pdf").open("wb") as stream:
        stream.write(PDF)
        stream.flush()
        seen = scan(inbox, Seen(), settle=2, now=0).seen
        held = scan(inbox, seen, settle=2, now=9)
        assert (held.settled, held.waiting, held.unsettled) == ((), 1, ("a.pdf",))
        long = scan(inbox, held.seen, settle=2, now=1000)
        assert [one.reason for one in long.left] == ["held"]
    assert [f.relative for f in scan(inbox, held.seen, settle=2, now=9).settled] == ["a.pdf"]


@ON_LINUX
def test_a_reader_is_no_writer_and_another_process_is(inbox: Path) -> None:
    path = inbox / "a.pdf"
    path.write_bytes(PDF)
    with path.open("rb"):
        assert holders.writers_of(path) == "none"
    script = "import sys; f = open(sys.argv[1], 'ab'); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert holders.writers_of(path) == "some"
        other.communicate()
    assert holders.writers_of(path) == "none"


@ON_LINUX
def test_the_lease_ends_no_process_when_it_is_asked_back(inbox: Path) -> None:
    path = inbox / "a.pdf"
    path.write_bytes(PDF)
    handle = holders.open_plainly(path)
    with holders.sole(handle, path) as writers:
        assert writers == "none"
        assert holders.still_sole(handle)
        with pytest.raises(BlockingIOError):
            os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        assert not holders.still_sole(handle), "somebody wants to write"
    os.close(handle)
    assert signal.getsignal(signal.SIGURG) in (signal.SIG_DFL, signal.SIG_IGN)


@ON_LINUX
def test_a_writer_that_comes_while_a_file_is_taken_is_not_cut_off(
    inbox: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = inbox / "a.pdf"
    path.write_bytes(PDF)
    late = []

    def park(source: Path, *rest: object) -> Path:
        late.append(source.open("ab"))
        return real(source, *rest)  # type: ignore[arg-type]

    real = parked.park
    monkeypatch.setattr(parked, "park", park)
    take(inbox, work)
    [original] = parked.parked(inbox, work)
    with late[0] as stream:
        stream.write(b"page 2\n%%EOF\n")
    assert original.path.read_bytes() == PDF + b"page 2\n%%EOF\n"
    assert not parked.release(original.path, original.sha256)


def test_where_nobody_can_write_any_more_the_original_goes(inbox: Path, work: Path) -> None:
    (inbox / "a.pdf").write_bytes(PDF)
    claimed = take(inbox, work)
    assert claimed.path.read_bytes() == PDF
    assert list(parked.parked(inbox, work)) == []
    assert list(inbox.iterdir()) == []


@pytest.mark.usefixtures("as_on_a_share")
def test_on_a_share_what_is_archived_never_changes_and_the_original_is_kept(
    inbox: Path, work: Path
) -> None:
    with (inbox / "a.pdf").open("wb") as stream:
        stream.write(PDF)
        stream.flush()
        claimed = take(inbox, work)
        stream.write(b"page 2\n%%EOF\n")
    assert claimed.path.read_bytes() == PDF
    [original] = parked.parked(inbox, work)
    assert original.path.read_bytes() == PDF + b"page 2\n%%EOF\n"
    assert not parked.release(original.path, original.sha256, sure=True), "it holds other bytes"
    found = folder.Settled(original.path, "a.pdf", original.size, original.mtime, original.changed)
    anew = claim(found, inbox, work, before=claimed.sha256)
    assert anew is not None
    folder.taken_anew(original, anew.sha256)
    assert (anew.before, anew.name) == (claimed.sha256, "a.pdf")
    [original] = parked.parked(inbox, work)
    assert original.sha256 == anew.sha256
    assert parked.release(original.path, original.sha256, sure=True)


@pytest.mark.usefixtures("as_on_a_share")
def test_on_another_device_the_original_is_hidden_in_the_inbox(
    inbox: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if inbox in self.parents and inbox not in target.parents:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    (inbox / "a.pdf").write_bytes(PDF)
    take(inbox, work)
    [original] = parked.parked(inbox, work)
    assert inbox in original.path.parents
    sweep = scan(inbox, Seen(), settle=0, now=0)
    assert (sweep.settled, sweep.left[0].reason) == ((), "noise")
    assert parked.release(original.path, original.sha256, sure=True)
    assert list(inbox.iterdir()) == []


def test_a_file_that_is_replaced_while_it_is_copied_counts_as_it_is_now(
    inbox: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = inbox / "a.pdf"
    path.write_bytes(PDF)
    real = parked.park

    def park(source: Path, *rest: object) -> Path:
        (inbox / ".new").write_bytes(PDF + PDF)
        (inbox / ".new").rename(path)
        return real(source, *rest)  # type: ignore[arg-type]

    [found] = settled(inbox)
    with monkeypatch.context() as patch:
        patch.setattr(parked, "park", park)
        assert claim(found, inbox, work) is None
    assert path.read_bytes() == PDF + PDF
    assert folder.recover(work, inbox) == []
    assert take(inbox, work).path.read_bytes() == PDF + PDF


def test_a_copy_that_sets_the_time_back_is_seen_to_change(inbox: Path) -> None:
    path = inbox / "a.pdf"
    path.write_bytes(PDF)
    before = path.stat()
    seen = scan(inbox, Seen(), settle=2, now=0).seen
    data = bytearray(PDF)
    data[10:14] = b"SCAN"
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert scan(inbox, seen, settle=2, now=5).settled == ()


def test_killed_before_the_original_was_removed_it_is_removed_at_the_start(
    inbox: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = inbox / "fax" / "a.pdf"
    path.parent.mkdir()
    path.write_bytes(PDF)
    [found] = settled(inbox)
    with monkeypatch.context() as patch:
        patch.setattr(parked, "park", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            claim(found, inbox, work)
    assert path.is_file()
    [claimed] = folder.recover(work, inbox)
    assert not path.exists()
    assert claimed.path.read_bytes() == PDF


@ON_LINUX
@pytest.mark.parametrize("end", ["claimed", "archived", "failed"])
def test_files_and_folders_are_on_the_disk_before_the_caller_goes_on(
    inbox: Path, work: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """After the last rename in a folder, and after it was made, that folder is synced; each file
    before it gets its name."""
    synced: list[str] = []
    named: list[tuple[int, Path]] = []
    fsync = os.fsync
    replace = Path.replace
    mkdir = Path.mkdir

    def note_sync(handle: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        fsync(handle)

    def note_replace(self: Path, target: Path) -> Path:
        if inbox not in self.parents:
            assert str(self) in synced or "processing" in str(self), f"{self} was not synced"
        named.append((len(synced), target))
        return replace(self, target)

    def note_mkdir(self: Path, *args: object, **options: object) -> None:
        is_new = not self.exists()
        mkdir(self, *args, **options)  # type: ignore[arg-type]
        if is_new:
            named.append((len(synced), self))

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_replace)
    monkeypatch.setattr(Path, "mkdir", note_mkdir)
    (inbox / "a.pdf").write_bytes(PDF)
    claimed = take(inbox, work)
    if end == "archived":
        folder.archive(claimed, work.parent / "archive", dt.date(2026, 4, 1))
    elif end == "failed":
        folder.fail(claimed, work.parent / "failed", "理由", dt.datetime(2026, 4, 1, 9, 0))
    assert named
    for count, target in named:
        later = synced[count:]
        assert str(target.parent) in later or not target.parent.exists(), f"{target} is not sure"
