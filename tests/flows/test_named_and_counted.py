"""What ``torikomi run`` could not do is named by file, and its exit code says that something is
left."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from connectors.sources.folder import parked
from flows.cli import main
from tests.flows.office import drop, make_office, sheet
from tests.flows.test_gate import set_status, two_forms

pytestmark = pytest.mark.usefixtures("prefect_url")


def run(site: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stop:
        main(["run", "--site", str(site)])
    captured = capsys.readouterr()
    return int(str(stop.value.code or 0)), captured.out + captured.err


def test_a_sheet_of_a_closed_form_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = two_forms(tmp_path / "office")
    set_status(site, "EFF-02", "休止")
    drop(site, "他様式.json", {**sheet("1"), "form": "other"})
    drop(site, "混在.json", sheet("2"), {**sheet("3"), "form": "other"})
    code, text = run(site, capsys)
    assert code == 1
    for name in ("他様式.json", "混在.json"):
        assert any(name in line and "休止" in line for line in text.splitlines()), text


def test_a_file_that_cannot_be_moved_and_an_empty_one_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_office(tmp_path / "office")
    real = parked.park

    def park(source: Path, *rest: Path) -> Path:
        if source.name == "動かない.json":
            raise PermissionError(13, "Permission denied")
        return real(source, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(parked, "park", park)
    drop(site, "動かない.json", sheet("1"))
    drop(site, "動く.json", sheet("2"))
    (site / "inbox" / "空.json").touch()
    undecodable = os.fsdecode("福祉課".encode("cp932"))
    drop(site, f"{undecodable}/窓口.json", sheet("3"))
    (site / "inbox" / f"{undecodable}.bak").write_bytes(b"x")
    code, text = run(site, capsys)
    assert code == 1
    assert "「動かない.json」を取り込めません" in text
    assert "空.json" in text
    assert "�" in text, "a name that no terminal shows ends nothing"
    assert not (site / "inbox" / undecodable / "窓口.json").is_file()
    assert (site / "inbox" / "動かない.json").is_file()
    (site / "inbox" / "空.json").unlink()
    monkeypatch.undo()
    assert run(site, capsys)[0] == 0, "done in the end"
