"""Pages lead where they say: links, anchors, and the list of decisions."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[1]
RECORDS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
_LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r"^#+ (.+)$", re.MULTILINE)


def pages() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists()]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's titles, as GitHub makes them."""
    titles = _TITLE.findall(page.read_text(encoding="utf-8"))
    plain = [re.sub(r"[^\w\- ]", "", title.lower()) for title in titles]
    return {title.replace(" ", "-") for title in plain}


def broken(page: Path) -> list[str]:
    """Links of a page that lead nowhere."""
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    found = []
    for link in _LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = unquote(link).partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            found.append(link)
    return found


def test_links_lead_somewhere() -> None:
    assert len(pages()) > 50
    wrong = {str(page.relative_to(ROOT)): broken(page) for page in pages()}
    assert {page: links for page, links in wrong.items() if links} == {}


def test_a_link_to_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One title\n[a](#one-title) [b](#two) [c](gone.md) `[d](e)`", "utf-8")
    assert broken(page) == ["#two", "gone.md"]


def test_every_decision_is_listed_once_under_its_title() -> None:
    index = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\* \[(\d{4})\]\(decisions/(.+?)\) (.+)$", index, re.MULTILINE)
    titles = {path.name: path.read_text(encoding="utf-8").split("\n", 1)[0] for path in RECORDS}
    assert [name for _, name, _ in listed] == list(dict.fromkeys(name for _, name, _ in listed))
    assert {name: f"# {title}" for _, name, title in listed} == titles
    assert all(name.startswith(number) for number, name, _ in listed)


def test_no_two_decisions_have_one_number() -> None:
    numbers = [path.name[:4] for path in RECORDS]
    assert len(numbers) == len(set(numbers))


def test_both_readmes_say_the_same() -> None:
    english, japanese = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ja.md")
    )
    for found in (
        r"^## ",  # as many parts
        r"^\| ",  # as many rows
        r"^!\[|\| !\[",  # as many pictures
        r"\]\(([^)]+)\)",  # the same links
        r"^((?:torikomi|make|pipx) [a-z]+)",  # the same commands
    ):
        first, second = (re.findall(found, page, re.MULTILINE) for page in (english, japanese))
        assert sorted(set(first) - {"README.ja.md"}) == sorted(set(second) - {"README.md"})
        assert len(first) == len(second), found


def test_every_decision_has_its_parts_in_order() -> None:
    parts = ["Context", "Decision", "Figures", "Tried and dropped"]
    for path in RECORDS:
        found = re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert found == [part for part in parts if part in found], path.name
        assert found[:2] == parts[:2], path.name


def test_every_file_that_a_page_names_is_there() -> None:
    rooms = "torikomi|records|ocr|connectors|initiatives|desk|flows|samples|tests|benchmarks|tools"
    path = re.compile(rf"`((?:{rooms})/[\w./]*)`")
    gone = {}
    for page in pages():
        named = path.findall(page.read_text(encoding="utf-8"))
        if missing := [name for name in named if not (ROOT / name).exists()]:
            gone[str(page.relative_to(ROOT))] = missing
    assert gone == {}
