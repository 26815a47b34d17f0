"""Draw the sample office's blanks and write their form.toml: ``python samples/draw_blanks.py``.

Each form states its coordinates once (samples/blanks/<form>.py); blank.pdf and form.toml both come from them. Both are
committed; a test draws them again and compares.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from blanks import child_allowance  # noqa: E402
from blanks.kit import load_fonts  # noqa: E402


def draw(folder: Path) -> None:
    """Draw everything below ``folder``: forms/ of the office, variants/ for tests."""
    load_fonts()
    for form_id, module in {"child_allowance": child_allowance}.items():
        target = folder / "forms" / form_id
        target.mkdir(parents=True, exist_ok=True)
        module.draw(target)


if __name__ == "__main__":
    draw(HERE)
