"""Where a taken file ends: archived, left as a duplicate, failed beside its reason, taken back."""

from __future__ import annotations

import datetime as dt

import pytest

from connectors import files
from connectors.sources import folder
from tests.connectors.conftest import Office
from tests.connectors.test_folder import DAY, NOON, REASON


def test_the_archive_goes_by_content(office: Office) -> None:
    claimed = office.take("申請.TIF")
    kept = folder.archive(claimed, office.archive, DAY)
    assert kept == office.archive / "2026" / claimed.sha256[:2] / f"{claimed.sha256}.tif"
    assert folder.archived(office.archive, claimed.sha256) == kept
    assert (
        folder.find(
            claimed.sha256, work=office.work, archive_root=office.archive, failed_root=office.failed
        )
        == kept
    )
    assert list((office.work / "processing").iterdir()) == []


def test_archiving_again_after_a_kill_keeps_one(office: Office) -> None:
    folder.archive(office.take("a.tif"), office.archive, DAY)
    folder.archive(office.take("b.tif"), office.archive, dt.date(2027, 1, 1))
    assert office.everything() == [b"scan"]


def test_a_duplicate_goes_only_when_the_same_content_is_kept(office: Office) -> None:
    first = office.take("a.tif")
    second = office.take("b.tif")
    assert folder.discard(second, office.work, office.archive, DAY) == first.path
    kept = folder.archive(first, office.archive, DAY)
    third = office.take("c.tif")
    assert folder.discard(third, office.work, office.archive, DAY) == kept
    assert office.everything() == [b"scan"]


@pytest.mark.parametrize("harm", ["deleted", "damaged"])
def test_a_duplicate_whose_first_is_gone_becomes_the_archived_one(
    office: Office, harm: str
) -> None:
    kept = folder.archive(office.take("a.tif"), office.archive, DAY)
    if harm == "deleted":
        kept.unlink()
    else:
        kept.write_bytes(b"rot!")
    again = folder.discard(office.take("b.tif"), office.work, office.archive, DAY)
    assert again.read_bytes() == b"scan"
    assert files.sha256_of(again) == again.name.partition(".")[0]


def test_a_failed_file_lies_beside_its_reason(office: Office) -> None:
    claimed = office.take("fax/申請.pdf")
    path = folder.fail(claimed, office.failed, REASON, NOON)
    assert path == office.failed / "申請.pdf"
    note = (office.failed / "申請.pdf.理由.txt").read_bytes()
    assert note.startswith("\ufeff".encode()), "Windows editors know the encoding"
    text = note.decode("utf-8-sig")
    assert REASON in text
    assert "2026-04-01 12:00" in text
    assert claimed.sha256 in text
    assert text.count("\r\n") == text.count("\n")


def test_files_of_one_name_do_not_overwrite_each_other_in_failed(office: Office) -> None:
    for n in range(3):
        folder.fail(office.take("a.pdf", str(n).encode()), office.failed, REASON, NOON)
    assert sorted(p.name for p in office.failed.glob("*.pdf")) == [
        "a (2).pdf",
        "a (3).pdf",
        "a.pdf",
    ]
    again = folder.fail(office.take("a.pdf", b"1"), office.failed, "もう一度だめでした", NOON)
    assert again.name == "a (2).pdf", "the same document again takes its own place"
    assert "もう一度" in (office.failed / "a (2).pdf.理由.txt").read_text("utf-8-sig")
    assert len(office.everything()) == 3


def test_killed_between_reason_and_move_the_next_try_completes_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed = office.take("a.pdf")
    monkeypatch.setattr(
        "connectors.sources.folder.keep.move", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
    )
    with pytest.raises(KeyboardInterrupt):
        folder.fail(claimed, office.failed, REASON, NOON)
    monkeypatch.undo()
    path = folder.fail(folder.recover(office.work)[0], office.failed, REASON, NOON)
    assert sorted(p.name for p in office.failed.iterdir()) == ["a.pdf", "a.pdf.理由.txt"]
    assert path.read_bytes() == b"scan"


def test_a_failed_or_archived_original_can_be_taken_back(office: Office) -> None:
    failed = office.take("fax/child_allowance/a.pdf", b"1")
    folder.fail(failed, office.failed, REASON, NOON)
    places = {"work": office.work, "archive_root": office.archive, "failed_root": office.failed}
    assert folder.find(failed.sha256, **places) == office.failed / "a.pdf"
    back = folder.take_back(failed.sha256, **places, forms=("child_allowance",))
    assert back is not None
    assert (back.name, back.channel, back.form, back.path.read_bytes()) == (
        "a.pdf",
        "fax",
        "child_allowance",
        b"1",
    )
    assert list(office.failed.iterdir()) == []
    assert folder.take_back(failed.sha256, **places) == back, "it is there already"
    folder.archive(back, office.archive, DAY)
    assert folder.take_back(failed.sha256, **places) is not None
    assert folder.take_back("0" * 64, **places) is None


def test_a_failed_file_is_found_by_its_content_when_its_reason_was_deleted(office: Office) -> None:
    claimed = office.take("a.pdf")
    folder.fail(claimed, office.failed, REASON, NOON)
    (office.failed / "a.pdf.理由.txt").unlink()
    office.drop("../failed/other.pdf", b"other")
    found = folder.find(
        claimed.sha256, work=office.work, archive_root=office.archive, failed_root=office.failed
    )
    assert found == office.failed / "a.pdf"


def test_the_old_failure_goes_when_the_copy_was_read(office: Office) -> None:
    claimed = office.take("a.pdf")
    folder.fail(claimed, office.failed, REASON, NOON)
    folder.archive(office.take("a.pdf"), office.archive, DAY)
    folder.clear_failure(claimed.sha256, office.failed)
    assert list(office.failed.iterdir()) == []
    assert office.everything() == [b"scan"]
