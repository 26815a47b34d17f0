"""Whether archive, journal and ledgers tell the same: names, hashes and counts.

The journal's chain says that nothing in it was changed. This says that what lies outside is what
the journal speaks of: each original under the name of its bytes, and each delivered sheet in its
ledger. Only reads. What is on its way at this moment looks wrong for a moment, so what looks wrong
is looked at once more, and only what is still so is told.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from connectors.files import named, sha256_of
from connectors.sinks import open_sink, path_for, target_of
from connectors.sources import folder
from records.errors import TorikomiError
from records.forms import DeliverDef, FormDef
from records.journal import DocumentRow, Journal
from records.journal.anchors import Anchors, Doubt
from records.journal.tablecheck import Fault
from records.site import Site

SETTLES = 5.0
"""Seconds after which what was on its way has arrived."""

_MOST_FAULTS = 20
"""Faults that are named; somebody who changed a table changed all of it."""

_PAGE = 500
_NAME = re.compile(r"([0-9a-f]{64})(?:\.[a-z0-9]{1,8})?")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was compared.

    Attributes:
        originals, documents, rows: how many archived files, documents and delivered rows.
        wrong: Japanese lines: what must not be. notes: what staff may have done on purpose.
    """

    originals: int
    documents: int
    rows: int
    wrong: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of everything found.

    Attributes:
        events: the number of the journal's last event.
        chain: the number of the first event that does not follow from the one before; None where
            all do.
        record: a sheet whose contents are not what its event says; None where all are.
        faults: rows that do not say what their events say.
        doubts: what the anchors outside the database show against it.
        anchored: when it was last written down outside how far the journal had come; None for never.
    """

    events: int
    chain: int | None
    record: str | None
    comparison: Comparison
    faults: tuple[Fault, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    anchored: dt.datetime | None = None

    @property
    def is_right(self) -> bool:
        is_whole = self.chain is None and self.record is None
        return is_whole and not (self.faults or self.doubts or self.comparison.wrong)

    def lines(self) -> Iterator[str]:
        """What was found, in Japanese, and what to do about it."""
        if self.chain is None and self.record is None and not (self.faults or self.doubts):
            yield f"記録 {self.events} 件の鎖はつながっています。改ざんは見つかりませんでした。"
        yield self._anchored_line()
        for doubt in self.doubts:
            yield f"{doubt.line}。"
        for fault in self.faults[:_MOST_FAULTS]:
            yield fault.line()
        if len(self.faults) > _MOST_FAULTS:
            yield f"ほか {len(self.faults) - _MOST_FAULTS} 件の食い違いがあります。"
        if self.chain is not None:
            yield f"番号 {self.chain} の記録が、消されたか書き換えられています。"
        if self.record is not None:
            yield f"用紙 {self.record} の内容が書き換えられています。"
        found = self.comparison
        yield from found.wrong
        yield from (f"注意: {line}" for line in found.notes)
        if not found.wrong:
            yield (
                f"保管した原本 {found.originals} 件、文書 {found.documents} 件、"
                f"台帳の {found.rows} 行は記録と合っています。"
            )
        if not self.is_right:
            yield "データベースの写しを取り、情報セキュリティの担当に知らせてください。"

    def _anchored_line(self) -> str:
        if self.anchored is None:
            return "データベースの外の控え印はまだありません。末尾が消されても見つけられません。"
        return f"最後に控え印を付けた日時: {self.anchored.astimezone():%Y-%m-%d %H:%M}"


def verify(
    site: Site, forms: Mapping[str, FormDef], journal: Journal, settles: float = SETTLES
) -> Verified:
    """Walk the journal's chain, and compare what lies outside with it.

    Raises:
        ServiceError: the database is away.
    """
    chain = journal.chain.verify()
    record = journal.chain.verify_contents()
    anchors = Anchors(site.audit, site.anchor_copy)
    newest = anchors.newest()
    return Verified(
        journal.chain.end().seq,
        chain,
        record,
        compare(site, forms, journal, settles),
        tuple(journal.chain.faults()),
        tuple(anchors.doubts(journal.chain)),
        newest.at if newest else None,
    )


def compare(
    site: Site, forms: Mapping[str, FormDef], journal: Journal, settles: float = 0.0
) -> Comparison:
    """Compare everything; archived files are hashed, so it takes as long as reading them.

    Args:
        settles: seconds after which what looks wrong is looked at once more; 0 where nothing else
            works on the site.

    Raises:
        ServiceError: the database is away.
    """
    look = _look(site, forms, journal)
    if look.wrong and settles > 0:
        time.sleep(settles)
        look = _look(site, forms, journal).still(look)
    return Comparison(
        look.originals,
        look.documents,
        look.rows,
        tuple(_told(look.wrong)),
        tuple(_told(look.notes)),
    )


Findings = dict[str, list[str]]
"""What of: for each thing that can be found, in Japanese, the names of those it is true of."""


@dataclass(slots=True)
class _Look:
    originals: int = 0
    documents: int = 0
    rows: int = 0
    wrong: Findings = field(default_factory=lambda: defaultdict(list))
    notes: Findings = field(default_factory=lambda: defaultdict(list))

    def still(self, before: _Look) -> _Look:
        """This look, with what was wrong at the one before, too."""
        kept: Findings = {}
        for what, names in self.wrong.items():
            known = set(before.wrong.get(what, ()))
            if same := [name for name in names if name in known]:
                kept[what] = same
        return _Look(self.originals, self.documents, self.rows, kept, self.notes)


def _told(found: Findings) -> Iterator[str]:
    for what, names in found.items():
        listed = [name for name in names if name]
        if listed:
            yield f"{what}: {len(listed)} 件({named(listed)})"
        else:
            yield what


def _look(site: Site, forms: Mapping[str, FormDef], journal: Journal) -> _Look:
    look = _Look()
    kept = _originals(site.archive, look.wrong)
    look.originals = len(kept)
    known: set[str] = set()
    for row in _documents(journal):
        look.documents += 1
        known.add(row.sha256)
        where = _missing(site, row, kept)
        if where:
            into = look.notes if where in _ON_PURPOSE else look.wrong
            into[where].append(f"{row.name}({row.sha256[:12]})")
    strange = sorted(sha256 for sha256 in kept if sha256 not in known)
    if strange:
        look.wrong[_UNKNOWN] += [sha256[:12] for sha256 in strange]
    if not journal.tallies.agree():
        look.wrong[_COUNTS].append("")
    for form in forms.values():
        for delivery in form.deliveries:
            look.rows += _ledger(site, form, delivery, journal, look)
    return look


_UNKNOWN = "保管フォルダーに、記録にない原本があります"
_COUNTS = "記録の件数の集計が、実際の文書・用紙の数と合いません"

_WAITS = "読み取りを待つ文書の原本がありません"
_READ = "読み取った文書の原本が保管フォルダーにありません"
_FAILED = "失敗した文書の原本が失敗フォルダーにありません(手で処理したときは問題ありません)"
_PURGED = "受け付けた年の保管フォルダーごとなくなっている文書(保存期間を過ぎたときは問題ありません)"
_ON_PURPOSE = (_FAILED, _PURGED)


def _originals(root: Path, wrong: Findings) -> frozenset[str]:
    """The numbers of all archived files; what is not named by its bytes is told."""
    found: set[str] = set()
    damaged: list[str] = []
    odd: list[str] = []
    for path in sorted(p for p in root.glob("*/*/*") if p.is_file()):
        name = _NAME.fullmatch(path.name)
        if name is None:
            odd += [] if path.name.endswith(".tmp") else [path.name]
        elif not _has(path, name[1]):
            damaged.append(path.name)
            found.add(name[1])
        else:
            found.add(name[1])
    if damaged:
        wrong["内容が名前(ハッシュ値)と合わない原本があります"] += damaged
    if odd:
        wrong["保管フォルダーに、原本の名前でないファイルがあります"] += odd
    return frozenset(found)


def _has(path: Path, sha256: str) -> bool:
    try:
        return sha256_of(path) == sha256
    except OSError:
        return False


def _documents(journal: Journal) -> Iterator[DocumentRow]:
    offset = 0
    while page := journal.documents.page(limit=_PAGE, offset=offset):
        yield from page
        offset += len(page)


def _missing(site: Site, row: DocumentRow, kept: frozenset[str]) -> str:
    """What is to be said of a document's original; empty where it is in its place."""
    if row.state == "read":
        if row.sha256 in kept or row.code == "superseded":
            return ""  # the bytes of a replaced scan are gone because a person replaced them
        years = (row.received_on.year, row.received_on.year + 1)
        is_purged = not any((site.archive / str(year)).is_dir() for year in years)
        return _PURGED if is_purged else _READ
    if row.sha256 in kept:
        return ""
    found = folder.find(
        row.sha256, work=site.work, archive_root=site.archive, failed_root=site.failed
    )
    if found is not None:
        return ""
    return _FAILED if row.state == "failed" else _WAITS


def _ledger(site: Site, form: FormDef, delivery: DeliverDef, journal: Journal, look: _Look) -> int:
    """Compare one delivery's rows with each of its files; returns how many the journal has."""
    by_path: dict[Path, set[str]] = defaultdict(set)
    for line in journal.deliveries.delivered_to(target_of(delivery), form.id):
        by_path[path_for(delivery, form, line.received_on, site.folder)].add(line.id)
    for path, expected in sorted(by_path.items()):
        if not path.is_file():
            look.notes[f"台帳「{path.name}」がありません({len(expected)} 行を転記済み)"].append("")
            continue
        try:
            there = open_sink(delivery, form, path).recorded()
        except (TorikomiError, OSError) as error:
            look.notes[f"台帳「{path.name}」を調べられませんでした: {error}"].append("")
            continue
        lost = sorted(expected - there)
        if lost:
            look.wrong[f"台帳「{path.name}」に、転記したはずの行の控えがありません"] += lost
        strange = sorted(there - expected - journal.records.known(there - expected))
        if strange:
            look.wrong[f"台帳「{path.name}」に、記録にない用紙の行があります"] += strange
    return sum(map(len, by_path.values()))
