"""Where the sample office lies: beside the source, or where the wheel has put a small one."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

INSTALLED = "share/torikomi/sample"
"""Where a wheel puts it below the environment's folder (``data-files`` in pyproject.toml)."""


def sample_folder() -> Path:
    """The sample office: all of it in the source tree, a dozen of its scans in an installed wheel.

    Where there is none, a path that does not exist.
    """
    beside = Path(__file__).resolve().parent.parent / "samples"
    if (beside / "site.toml").is_file():
        return beside
    try:
        listed = files("torikomi") or []
    except PackageNotFoundError:
        return beside
    for file in listed:
        if file.as_posix().endswith(f"{INSTALLED}/site.toml"):
            return Path(str(file.locate())).resolve().parent
    return beside
