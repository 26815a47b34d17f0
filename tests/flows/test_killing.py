"""Kills while real sheets are being read; more of them: ``python -m tests.flows.killing``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.killing import Killing

KILLS = 20


@pytest.mark.slow
def test_kills_while_sheets_are_read_lose_and_repeat_nothing(tmp_path: Path) -> None:
    killing = Killing(tmp_path / "office")
    killing.run(KILLS)
    assert killing.hits >= KILLS / 2, f"only {killing.hits} kills hit a document that was read"
    killing.finish()
