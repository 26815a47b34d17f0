"""``torikomi audit verify``: whether archive, journal and ledgers tell the same: names, hashes and
counts.

The journal's chain says that nothing in it was changed. This says that what lies outside is what
the journal speaks of: each original under the name of its bytes, and each delivered sheet in its
ledger. Only reads; run it while the service rests, or what is on its way at this moment is told as
missing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from connectors.files import sha256_of
from connectors.sinks import open_sink, path_for, target_of
from connectors.sources import folder
from flows.watching import named
from records.errors import TorikomiError
from records.forms import DeliverDef, FormDef
from records.journal import DocumentRow, Journal
from records.site import Site

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


def compare(site: Site, forms: Mapping[str, FormDef], journal: Journal) -> Comparison:
    """Compare everything once; archived files are hashed, so it takes as long as reading them.

    Raises:
        ServiceError: the database is away.
    """
    wrong: list[str] = []
    notes: list[str] = []
    kept = _originals(site.archive, wrong)
    documents = 0
    missing: dict[str, list[str]] = defaultdict(list)
    known: set[str] = set()
    for row in _documents(journal):
        documents += 1
        known.add(row.sha256)
        where = _missing(site, row, kept)
        if where:
            missing[where].append(f"{row.name}({row.sha256[:12]})")
    for where, names in missing.items():
        into = notes if where in _ON_PURPOSE else wrong
        into.append(f"{where}: {len(names)} 件({named(names)})")
    strange = sorted(sha256 for sha256 in kept if sha256 not in known)
    if strange:
        names = [sha256[:12] for sha256 in strange]
        wrong.append(f"保管フォルダーに、記録にない原本があります: {len(names)} 件({named(names)})")
    if not journal.counts_agree():
        wrong.append("記録の件数の集計が、実際の文書・用紙の数と合いません")
    rows = 0
    for form in forms.values():
        for delivery in form.deliveries:
            rows += _ledger(site, form, delivery, journal, wrong, notes)
    return Comparison(len(kept), documents, rows, tuple(wrong), tuple(notes))


_WAITS = "読み取りを待つ文書の原本がありません"
_READ = "読み取った文書の原本が保管フォルダーにありません"
_FAILED = "失敗した文書の原本が失敗フォルダーにありません(手で処理したときは問題ありません)"
_PURGED = "受け付けた年の保管フォルダーごとなくなっている文書(保存期間を過ぎたときは問題ありません)"
_ON_PURPOSE = (_FAILED, _PURGED)


def _originals(root: Path, wrong: list[str]) -> frozenset[str]:
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
        wrong.append(
            f"内容が名前(ハッシュ値)と合わない原本があります: {len(damaged)} 件({named(damaged)})"
        )
    if odd:
        wrong.append(f"保管フォルダーに、原本の名前でないファイルがあります: {named(odd)}")
    return frozenset(found)


def _has(path: Path, sha256: str) -> bool:
    try:
        return sha256_of(path) == sha256
    except OSError:
        return False


def _documents(journal: Journal) -> Iterator[DocumentRow]:
    offset = 0
    while page := journal.documents(limit=_PAGE, offset=offset):
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


def _ledger(
    site: Site,
    form: FormDef,
    delivery: DeliverDef,
    journal: Journal,
    wrong: list[str],
    notes: list[str],
) -> int:
    """Compare one delivery's rows with each of its files; returns how many the journal has."""
    by_path: dict[Path, set[str]] = defaultdict(set)
    for line in journal.delivered_to(target_of(delivery), form.id):
        by_path[path_for(delivery, form, line.received_on, site.folder)].add(line.id)
    for path, expected in sorted(by_path.items()):
        if not path.is_file():
            notes.append(f"台帳「{path.name}」がありません({len(expected)} 行を転記済み)")
            continue
        try:
            there = open_sink(delivery, form, path).recorded()
        except (TorikomiError, OSError) as error:
            notes.append(f"台帳「{path.name}」を調べられませんでした: {error}")
            continue
        lost = sorted(expected - there)
        if lost:
            wrong.append(
                f"台帳「{path.name}」に、転記したはずの行の控えがありません: "
                f"{len(lost)} 行({named(lost)})"
            )
        strange = sorted(there - expected - journal.known_records(there - expected))
        if strange:
            wrong.append(
                f"台帳「{path.name}」に、記録にない用紙の行があります: {len(strange)} 行({named(strange)})"
            )
    return sum(map(len, by_path.values()))
