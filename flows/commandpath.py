"""How ``torikomi`` is called from where one stands."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

NAME = "torikomi"


def where_the_command_is(called: str = "", path: str | None = None) -> str:
    """A Japanese line on where ``torikomi`` lies, empty where the shell finds it by its name.

    After ``make demo`` it lies in a virtual environment that no shell knows of.

    Args:
        called: how this program was called; by default as the process says.
        path: the folders that the shell looks in; by default the environment's.
    """
    if shutil.which(NAME, path=path) is not None:
        return ""
    program = Path(called or sys.argv[0])
    if program.name != NAME or not program.is_file():
        return f"torikomi は「{shlex.quote(sys.executable)} -m {NAME}」で動きます。"
    folder = program.resolve().parent
    near = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    return (
        f"torikomi は {near / NAME} にあります。"
        f"名前だけで使うには: export PATH={shlex.quote(str(folder))}{os.pathsep}$PATH"
    )
