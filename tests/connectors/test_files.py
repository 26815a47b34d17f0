"""Writing whole files: old or new at every moment, and nothing left behind."""

from __future__ import annotations

import errno
import multiprocessing
import os
from pathlib import Path
from typing import BinaryIO

import pytest

from connectors.files import fitted, unavailable, write_beside, write_whole


def test_a_failing_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, b"old")

    def fail(stream: BinaryIO) -> None:
        stream.write(b"half")
        raise OSError(errno.ENOSPC, "full")

    with pytest.raises(OSError, match="full"):
        write_beside(path, fail)
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_bytes() == b"old"


def _die_while_writing(path: Path) -> None:
    def die(stream: BinaryIO) -> None:
        stream.write(b"half")
        stream.flush()
        os._exit(9)

    write_beside(path, die)


def test_what_a_killed_process_left_goes_with_the_next_write(tmp_path: Path) -> None:
    path = tmp_path / "台帳.xlsx"
    write_whole(path, b"old")
    process = multiprocessing.get_context("spawn").Process(target=_die_while_writing, args=(path,))
    process.start()
    process.join()
    assert process.exitcode == 9
    assert len(list(tmp_path.iterdir())) == 2
    assert path.read_bytes() == b"old"
    living = tmp_path / f".台帳.xlsx.{os.getppid()}.tmp"
    living.write_bytes(b"somebody else is at it")
    write_whole(path, b"new")
    assert sorted(tmp_path.iterdir()) == sorted([path, living])
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize(
    ("name", "limit"),
    [("あ" * 100 + ".pdf", 240), ("x" * 300, 240), ("あ" * 100 + "." + "y" * 40, 200)],
)
def test_long_names_are_cut_between_characters_and_stay_apart(name: str, limit: int) -> None:
    short = fitted(name, limit)
    other = fitted("z" + name, limit)
    assert len(os.fsencode(short)) <= limit
    assert short != other
    assert short.encode().decode() == short
    assert not name.endswith(".pdf") or short.endswith(".pdf")
    assert fitted("短い.pdf", limit) == "短い.pdf"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOENT, "つながっているか"),
        (errno.ESTALE, "つながっているか"),
        (errno.EROFS, "権限"),
        (errno.ENOSPC, "いっぱい"),
        (errno.EBUSY, "しばらくして"),
    ],
)
def test_every_os_error_says_what_to_do(code: int, words: str) -> None:
    error = unavailable(OSError(code, os.strerror(code)), "監視フォルダー", Path("/share/inbox"))
    assert words in error.message
    assert "/share/inbox" in error.message
    assert error.retry_after > 0
