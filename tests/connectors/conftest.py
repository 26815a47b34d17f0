"""An inbox, its work folder, archive and failed folder, made for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.sources.folder import Claimed, Seen, claim, scan


class Office:
    """The folders of one site."""

    def __init__(self, root: Path) -> None:
        self.inbox = root / "inbox"
        self.work = root / "work"
        self.archive = root / "archive"
        self.failed = root / "failed"
        self.inbox.mkdir()

    def drop(self, name: str, data: bytes = b"scan") -> Path:
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def take(self, name: str = "a.tif", data: bytes = b"scan") -> Claimed:
        self.drop(name, data)
        sweep = scan(self.inbox, Seen(), settle=0, now=0)
        found = next(s for s in sweep.settled if s.relative == name)
        claimed = claim(found, self.inbox, self.work, ("child_allowance",))
        assert claimed is not None
        return claimed

    def everything(self) -> list[bytes]:
        """The contents of all files that people gave, wherever they are now."""
        places = (self.inbox, self.work, self.archive, self.failed)
        found = [p for place in places for p in place.rglob("*") if p.is_file()]
        return sorted(p.read_bytes() for p in found if p.suffix not in (".json", ".txt"))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)
