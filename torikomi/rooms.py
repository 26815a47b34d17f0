"""Which ``flows``, ``records``, … are meant: those that were installed with this package.

The rooms of Torikomi have names that others use, too. A folder ``flows/`` in the current directory
(``python -m``, ``PYTHONPATH=.``) or PyPI's ``records`` beside an editable install would be found
first. Importing ``torikomi`` settles it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

ROOMS = ("records", "ocr", "connectors", "initiatives", "desk", "flows")
HOME = Path(__file__).resolve().parent.parent
"""Where the rooms lie: beside this package."""


class RoomFinder(MetaPathFinder):
    """Finds the rooms in :data:`HOME`, and nothing else."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The room called ``name``; None for every other module, a room's own ones among them."""
        start = HOME / name / "__init__.py"
        if name not in ROOMS or not start.is_file():
            return None
        return spec_from_file_location(name, start, submodule_search_locations=[str(start.parent)])


def pin() -> None:
    """Let the rooms' names mean Torikomi's own, however Python was started.

    Raises:
        ImportError: another module of one of these names was imported before.
    """
    for name in ROOMS:
        loaded = sys.modules.get(name)
        if loaded is not None and not _is_ours(loaded):
            where = getattr(loaded, "__file__", None) or "場所は不明"
            raise ImportError(
                f"「{name}」という別の部品が先に読み込まれています({where})。torikomi を先に import し、"
                "その部品は torikomi.load_by_path(場所) で読み込んでください",
                name=name,
            )
    if not any(isinstance(finder, RoomFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, RoomFinder())


def _is_ours(module: ModuleType) -> bool:
    return any(Path(place).resolve().parent == HOME for place in getattr(module, "__path__", ()))
