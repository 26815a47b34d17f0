"""One suite for every source: whatever is registered must keep the whole contract."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors.sources import GROUP, SOURCES, Claimed, Settled, Source, open_sources
from connectors.sources.folder import recover
from connectors.sources.folder.entering import enter
from connectors.sources.folder.inbox import Inbox
from records.errors import DefinitionError, ServiceError
from records.site import Site
from tests.connectors.dying import Killed, die_at

PDF = b"%PDF-1.7\nscan\n%%EOF\n"
OTHER = b"%PDF-1.7\nanother scan\n%%EOF\n"


@dataclass(frozen=True)
class Example:
    """How the suite makes a source in a folder, and what happens at the other end.

    Attributes:
        make: the source, with ``folder / "work"`` to take documents to.
        send: a document comes, under a name.
        withdraw: it goes away again before it was taken.
        leave: the whole source is away.
        holds: what is still at the source.
    """

    make: Callable[[Path], Source]
    send: Callable[[Path, str, bytes], None]
    withdraw: Callable[[Path, str], None]
    leave: Callable[[Path], None]
    holds: Callable[[Path], list[bytes]]


def _inbox(folder: Path) -> Source:
    (folder / "inbox").mkdir(exist_ok=True)
    return Inbox(folder / "inbox", folder / "work", settle=0, forms=("child_allowance",))


def _send(folder: Path, name: str, content: bytes) -> None:
    (folder / "inbox").mkdir(exist_ok=True)
    (folder / "inbox" / name).write_bytes(content)


EXAMPLES = {
    "folder": Example(
        make=_inbox,
        send=_send,
        withdraw=lambda folder, name: (folder / "inbox" / name).unlink(),
        leave=lambda folder: (folder / "inbox").rename(folder / "away"),
        holds=lambda folder: [p.read_bytes() for p in (folder / "inbox").rglob("*") if p.is_file()],
    ),
}


def test_every_registered_source_is_in_this_suite() -> None:
    assert set(EXAMPLES) == set(SOURCES)


@pytest.fixture(params=sorted(SOURCES))
def example(request: pytest.FixtureRequest) -> Example:
    return EXAMPLES[request.param]


def sweep(source: Source) -> list[Claimed]:
    """Everything that has come, taken."""
    taken = [source.take(found) for found in arrivals(source)]
    return [claimed for claimed in taken if claimed is not None]


def arrivals(source: Source) -> tuple[Settled, ...]:
    return source.look(0.0).settled


def contents(folder: Path) -> list[bytes]:
    """What has been taken and waits to be read."""
    return [claimed.path.read_bytes() for claimed in recover(folder / "work")]


def test_where_nothing_has_come_there_is_nothing(example: Example, tmp_path: Path) -> None:
    looked = example.make(tmp_path).look(0.0)
    assert (looked.settled, looked.waiting, looked.settles_in) == ((), 0, None)


def test_what_comes_is_taken_once_with_its_bytes(example: Example, tmp_path: Path) -> None:
    source = example.make(tmp_path)
    example.send(tmp_path, "申請 1.pdf", PDF)
    [claimed] = sweep(source)
    assert claimed.path.read_bytes() == PDF
    assert (claimed.sha256, claimed.size) == (hashlib.sha256(PDF).hexdigest(), len(PDF))
    assert claimed.name == "申請 1.pdf"
    assert sweep(source) == []
    assert example.holds(tmp_path) == []


def test_to_look_changes_nothing(example: Example, tmp_path: Path) -> None:
    source = example.make(tmp_path)
    example.send(tmp_path, "a.pdf", PDF)
    example.send(tmp_path, "b.pdf", OTHER)
    first = {found.relative for found in arrivals(source)}
    assert {found.relative for found in arrivals(source)} == first
    assert len(first) == 2
    assert sorted(example.holds(tmp_path)) == sorted([PDF, OTHER])
    assert contents(tmp_path) == []


def test_the_same_bytes_under_two_names_are_two_arrivals(example: Example, tmp_path: Path) -> None:
    source = example.make(tmp_path)
    example.send(tmp_path, "a.pdf", PDF)
    example.send(tmp_path, "b.pdf", PDF)
    claims = sweep(source)
    assert {claimed.name for claimed in claims} == {"a.pdf", "b.pdf"}
    assert len({claimed.token for claimed in claims}) == 2
    assert contents(tmp_path) == [PDF, PDF]


def test_what_is_gone_again_is_not_taken(example: Example, tmp_path: Path) -> None:
    source = example.make(tmp_path)
    example.send(tmp_path, "a.pdf", PDF)
    [found] = arrivals(source)
    example.withdraw(tmp_path, "a.pdf")
    assert source.take(found) is None
    assert contents(tmp_path) == []


def test_a_source_that_is_away_is_told(example: Example, tmp_path: Path) -> None:
    source = example.make(tmp_path)
    example.leave(tmp_path)
    with pytest.raises(ServiceError):
        source.look(0.0)


def test_killed_before_any_single_step_nothing_is_lost(example: Example, tmp_path: Path) -> None:
    for step in range(100):
        folder = tmp_path / str(step)
        folder.mkdir()
        source = example.make(folder)
        example.send(folder, "a.pdf", PDF)
        [found] = arrivals(source)
        killed = False
        with pytest.MonkeyPatch.context() as patch:
            die_at(patch, step)
            try:
                source.take(found)
            except Killed:
                killed = True
        assert PDF in [*example.holds(folder), *contents(folder)], step
        anew = example.make(folder)
        sweep(anew)
        assert set(contents(folder)) == {PDF}, step
        assert example.holds(folder) == [], step
        if not killed:
            assert step >= 3
            return
    pytest.fail("it never came to an end")


# --- what other sources are made with -------------------------------------------------------------


def test_what_is_fetched_is_entered_once_while_it_waits(tmp_path: Path) -> None:
    first = enter(tmp_path, "../../通知.pdf", PDF, "mail")
    assert enter(tmp_path, "通知.pdf", PDF, "mail") == first
    assert (first.name, first.relative, first.channel) == ("通知.pdf", "mail/通知.pdf", "mail")
    assert first.path.read_bytes() == PDF
    other = enter(tmp_path, "通知.pdf", PDF, "scanner")
    assert other.token != first.token
    assert len(recover(tmp_path)) == 2
    assert [p for p in tmp_path.rglob("*") if p.is_file() and p.suffix == ".tmp"] == []


@pytest.mark.parametrize("name", ["", "..", "a/../..", "C:\\申請\\通知.pdf", "x" * 300 + ".pdf"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    claimed = enter(tmp_path / "work", name, PDF, "mail")
    assert claimed.path.is_relative_to(tmp_path / "work" / "processing")
    assert claimed.path.read_bytes() == PDF


# --- installed packages ---------------------------------------------------------------------------

_NUMBERS = itertools.count()
MAIL = """
class Mail:
    @classmethod
    def from_site(cls, site, forms):
        made = cls()
        made.forms = forms
        return made if site.folder.name == "with-mail" else None
"""


def install(folder: Path, patch: pytest.MonkeyPatch, name: str, source: str) -> None:
    module = f"an_offices_source_{next(_NUMBERS)}"
    (folder / f"{module}.py").write_text(source, encoding="utf-8")
    told = folder / f"{module}-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {module}:Mail\n")
    patch.syspath_prepend(folder)


def test_an_installed_package_brings_a_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, "mail", MAIL)
    install(tmp_path, monkeypatch, "folder", MAIL)  # the inbox is not replaced
    made = open_sources(Site(tmp_path / "with-mail"), {"a": 1})
    assert [(name, type(source).__name__) for name, source in made.items()] == [
        ("folder", "Inbox"),
        ("mail", "Mail"),
    ]
    assert vars(made["mail"]) == {"forms": ("a",)}
    assert list(open_sources(Site(tmp_path / "without"), ())) == ["folder"]


@pytest.mark.parametrize("source", ["import no_such_package_anywhere", "class Another: pass"])
def test_a_package_that_cannot_be_used_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    install(tmp_path, monkeypatch, "mail", source)
    with pytest.raises(DefinitionError, match=r"「mail」の部品.*使えません"):
        open_sources(Site(tmp_path), ())
