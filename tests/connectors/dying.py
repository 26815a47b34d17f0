"""A process that dies at a chosen change of the disk, without dying."""

from __future__ import annotations

from pathlib import Path

import pytest

_STEPS = ("mkdir", "replace", "unlink", "rmdir", "open")


class Killed(BaseException):
    """Stands for the end of the process; nothing in the program may catch it and go on."""


def die_at(patch: pytest.MonkeyPatch, step: int) -> list[int]:
    """From the ``step``-th change of the disk on nothing happens any more; returns the running
    count of changes."""
    count = [0]

    def guarded(name: str) -> None:
        real = getattr(Path, name)

        def call(self: Path, *args: object, **options: object) -> object:
            modes = [a for a in (*args, *options.values()) if isinstance(a, str)]
            if name != "open" or any(set(mode) & set("wxa+") for mode in modes):
                if count[0] >= step:
                    raise Killed
                count[0] += 1
            return real(self, *args, **options)

        patch.setattr(Path, name, call)

    for name in _STEPS:
        guarded(name)
    return count
