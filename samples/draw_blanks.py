"""Draw the sample office's blanks and write their form.toml: ``python samples/draw_blanks.py``.

Each form states its coordinates once (samples/blanks/<form>.py); blank.pdf and form.toml both come
from them. Both are committed; a test draws them again and compares.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from blanks import (  # noqa: E402
    account_transfer,
    child_allowance,
    citizen_opinion,
    online_application,
    staff_survey,
    unknown_form,
)
from blanks.kit import load_fonts  # noqa: E402

FORMS = {
    "child_allowance": child_allowance.draw,
    "account_transfer": account_transfer.draw,
    "citizen_opinion": citizen_opinion.draw,
    "staff_survey": staff_survey.draw,
    "online_application": online_application.draw,
}
"""The office's forms; each folder of forms/ is one."""

SECTIONS = (
    "総務課",
    "企画財政課",
    "市民課",
    "税務課",
    "福祉課",
    "保険健康課",
    "農林水産課",
    "商工観光課",
    "建設課",
    "都市計画課",
    "環境下水道課",
    "水道課",
    "教育総務課",
    "生涯学習課",
    "議会事務局",
    "会計課",
)


def draw(folder: Path) -> None:
    """Draw everything below ``folder``: forms/ of the office; variants/, which only tests and
    practice use."""
    load_fonts()
    for form_id, made in FORMS.items():
        made(_empty(folder / "forms" / form_id))
    listed = "課名\n" + "".join(f"{section}\n" for section in SECTIONS)
    (folder / "forms" / "staff_survey" / "sections.csv").write_text(listed, encoding="utf-8")
    # another edition of the same form, whose lower half stands a few mm lower: it must not be read
    # as this one
    child_allowance.draw(_empty(folder / "variants" / "child_allowance_v3"), drift=4.0, version=3)
    unknown_form.draw(_empty(folder / "variants" / "park_permit"))


def _empty(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    draw(HERE)
