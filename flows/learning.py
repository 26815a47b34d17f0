"""What an office learned: drawn from its journal, kept in versions in the site's folder, taken up
by its reader.

``work/learned/0001.json`` … are the versions; none is ever changed or deleted by the program.
``work/learned/current`` holds the number of the one in force, 0 for what ships. A version says when
and from what it was made, and carries a checksum: one that is damaged is not used, and the person
is told.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.files import stat_of, unavailable, write_whole
from flows.definitions import Definitions
from flows.readers import Teachable
from ocr.office import taught as words
from ocr.office.lessons import Answered, labelled, learn
from ocr.office.taught import NOTHING, Learned
from ocr.trust import model as trusts
from ocr.trust.fitting import Labelled
from ocr.trust.model import Trust, shipped
from ocr.trust.refitting import Judged, refit
from records.codec import canonical
from records.errors import DefinitionError
from records.journal import Journal, RecordRow
from records.site import Site
from records.types import Record

if TYPE_CHECKING:
    from records.refusal import Refusal

FEWEST = 30
"""With fewer decided values nothing is learned."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a version came from.

    Attributes:
        sha256: over record, reading, field, value read and value settled of every decided field, in
            order: the same decisions give the same number, and nothing of them can be told from it.
        event: the journal's last event; ``sheets``, ``documents`` and ``fields`` decided on;
        ``drawn`` of the fields nobody needed to see.
    """

    sha256: str
    event: int
    documents: int
    sheets: int
    fields: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one run learned, before it is kept."""

    source: Source
    trust: Trust | None
    judged: tuple[Judged, ...]
    learned: Learned


@dataclass(frozen=True, slots=True)
class Version:
    """One version as it is kept.

    Attributes:
        number: from 1; ``before`` is the one that was in force when it was made, 0 for what ships.
        base: sha256 of the shipped model that its trust was compared with.
        lesson: what it knows; its trust is None where the shipped one is used.
    """

    number: int
    before: int
    made_at: dt.datetime
    base: str
    lesson: Lesson


# --- from the journal -----------------------------------------------------------------------------


def study(definitions: Definitions, journal: Journal) -> Lesson:
    """Everything that the office's decisions teach, from the beginning: the same journal gives the
    same lesson."""
    last = next(iter(journal.chain.events(newest_first=True, limit=1)), None)
    found = _Gathered(definitions)
    for row in journal.records.decided():
        found.add(row)
    readings = list(found.labelled(_unseen(journal)))
    source = Source(
        found.digest.hexdigest(),
        last.seq if last else 0,
        len(found.documents),
        len(found.sheets),
        found.fields,
        sum(found.drawn.values()),
    )
    if len(readings) < FEWEST and found.fields < FEWEST:
        return Lesson(source, None, (), NOTHING)
    trust, judged = refit(readings, shipped())
    return Lesson(source, trust, tuple(judged), learn(found.sheets, definitions.site.office))


class _Gathered:
    """The decided sheets of an office, and a digest of their decisions."""

    def __init__(self, definitions: Definitions) -> None:
        self._forms = definitions.forms
        self.sheets: list[Answered] = []
        self.documents: set[str] = set()
        self.fields = 0
        self.drawn: Counter[str] = Counter()
        self.digest = hashlib.sha256()

    def add(self, row: RecordRow) -> None:
        form = self._forms.get(row.as_read.form)
        if form is None or any(d.verdict == "wrong_form" for d in row.decisions):
            return
        sheet = Answered(form, row.as_read, row.record)
        settled = list(sheet.settled())
        if not settled:
            return
        self.sheets.append(sheet)
        self.documents.add(row.as_read.document)
        self.fields += len(settled)
        self.drawn[form.id] += sum(read.sampled for _, read, _ in settled)
        for item, read, value in settled:
            self.digest.update(
                canonical([row.id, row.line.reading, item.name, read.value, value]).encode()
            )

    def labelled(self, unseen: Mapping[str, int]) -> Iterator[Labelled]:
        """The decided fields; a drawn one counts as many as there are unseen ones of its form for
        each that was drawn."""
        for sheet in self.sheets:
            drawn = self.drawn[sheet.form.id]
            yield from labelled(sheet, 1 + unseen.get(sheet.form.id, 0) / drawn if drawn else 1.0)


def _unseen(journal: Journal) -> Counter[str]:
    """By form, how many values nobody needed to look at."""
    counts: Counter[str] = Counter()
    for total in journal.work.totals(step="read"):
        counts[total.form] += total.counts.get("unseen", 0)
    return counts


# --- kept -----------------------------------------------------------------------------------------


class Kept:
    """The versions of one site."""

    def __init__(self, site: Site) -> None:
        self.folder = site.work / "learned"
        self.pointer = self.folder / "current"

    def number(self) -> int:
        """The number of the version in force; 0 for what ships.

        Raises:
            DefinitionError: the pointer is damaged.
        """
        try:
            text = self.pointer.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return 0
        except (OSError, UnicodeDecodeError):
            text = ""
        if not text.isdigit():
            raise DefinitionError(
                "学習した内容の番号が読めません。torikomi learn をもう一度実行してください",
                path=self.pointer,
            )
        return int(text)

    def numbers(self) -> list[int]:
        return sorted(int(p.stem) for p in self.folder.glob("[0-9]*.json") if p.stem.isdigit())

    def load(self, number: int) -> Version:
        """One version.

        Raises:
            DefinitionError: it is not there or damaged.
        """
        path = self._path(number)
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data.pop("check") != _check(data):
                raise ValueError("checksum")
            return _version(data)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, DefinitionError) as error:
            raise DefinitionError(
                "学習した内容のファイルがないか、壊れています。torikomi learn で作"
                "り直すか、torikomi learn --undo で前の版に戻してください",
                path=path,
            ) from error

    def add(self, lesson: Lesson, before: int, at: dt.datetime) -> Version:
        """Write the next version. It is not in force before :meth:`put_in_force`."""
        version = Version(max([0, *self.numbers()]) + 1, before, at, base_of_shipped(), lesson)
        data = _as_json(version)
        text = json.dumps({**data, "check": _check(data)}, ensure_ascii=False, indent=1)
        self._write(self._path(version.number), text)
        return version

    def put_in_force(self, number: int) -> None:
        self._write(self.pointer, f"{number}\n")

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:04d}.json"

    def _write(self, path: Path, text: str) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, text.encode())
        except OSError as error:
            raise unavailable(error, "学習した内容のフォルダー", self.folder) from error


def undone(kept: Kept) -> int:
    """The number that was in force before the present one; of a damaged version, the one with the
    next lower number."""
    number = kept.number()
    try:
        return kept.load(number).before
    except DefinitionError:
        return max((n for n in kept.numbers() if n < number), default=0)


def base_of_shipped() -> str:
    """sha256 of the shipped model: a refit is known to be no worse than this one, and than no
    other."""
    return hashlib.sha256(canonical(trusts.to_json(shipped())).encode()).hexdigest()


def _check(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(data).encode()).hexdigest()


def _as_json(version: Version) -> dict[str, Any]:
    lesson = version.lesson
    return {
        "version": version.number,
        "before": version.before,
        "made_at": version.made_at.isoformat(timespec="seconds"),
        "base": version.base,
        "from": asdict(lesson.source),
        "judged": [json.loads(json.dumps(asdict(j))) for j in lesson.judged],
        "trust": lesson.trust and trusts.to_json(lesson.trust),
        "learned": words.to_json(lesson.learned),
    }


def _judged(data: Mapping[str, Any]) -> Judged:
    """One group of readings, with its pairs of figures as tuples."""
    pairs = {}
    for key in ("loss", "unseen", "wrong"):
        before, after = data[key]
        pairs[key] = (float(before), float(after))
    return Judged(**{**data, **pairs})


def _version(data: Mapping[str, Any]) -> Version:
    judged = tuple(_judged(one) for one in data["judged"])
    trust = None
    if data["trust"] is not None and data["base"] == base_of_shipped():
        trust = trusts.from_json(data["trust"])
    return Version(
        int(data["version"]),
        int(data["before"]),
        dt.datetime.fromisoformat(data["made_at"]),
        str(data["base"]),
        Lesson(Source(**data["from"]), trust, judged, words.from_json(data["learned"])),
    )


def outdated(version: Version) -> bool:
    """True where its trust was compared with another shipped model than this program has: it is
    then not used."""
    return any(j.taken for j in version.lesson.judged) and version.lesson.trust is None


def events_of(version: Version) -> dict[str, Any]:
    """What the journal says of a version: numbers only, no word that anybody wrote."""
    lesson = version.lesson
    return {
        "version": version.number,
        "before": version.before,
        "documents": lesson.source.documents,
        "fields": lesson.source.fields,
        "drawn": lesson.source.drawn,
        "digest": lesson.source.sha256,
        "groups": [j.group for j in lesson.judged if j.taken],
        "words": words.count_words(lesson.learned),
        "confusions": sum(map(len, lesson.learned.confusions.values())),
    }


def same_knowledge(one: Lesson, other: Lesson) -> bool:
    """True where two lessons would read alike."""

    def known(lesson: Lesson) -> str:
        return canonical(
            [
                lesson.trust and trusts.to_json(lesson.trust)["weights"],
                words.to_json(lesson.learned),
            ]
        )

    return known(one) == known(other)


# --- in use ---------------------------------------------------------------------------------------


def in_force(kept: Kept, tell: Callable[[str], None]) -> tuple[Trust | None, Learned]:
    """What the reader is to use; whatever is damaged is told and not used."""
    try:
        number = kept.number()
        if not number:
            return None, NOTHING
        version = kept.load(number)
    except DefinitionError as error:
        tell(f"{error.message}。それまでは標準のモデルで読み取ります")
        return None, NOTHING
    if outdated(version):
        tell(
            "プログラムの更新で標準のモデルが変わったため、この役所に合わせた信頼度は使わず、標準のもので読み取ります。"
            "torikomi learn をもう一度実行してください"
        )
    return version.lesson.trust, version.lesson.learned


class LearningReader:
    """The reader with what the office learned; a version put in force while it runs counts from the
    next document on."""

    def __init__(self, reader: Teachable, site: Site, tell: Callable[[str], None]) -> None:
        self._reader = reader
        self._kept = Kept(site)
        self._tell = tell
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None

    def read(
        self,
        path: Path,
        document: str = "",
        only: str = "",
        received_on: dt.date | None = None,
    ) -> Iterator[Record | Refusal]:
        return self._now().read(path, document, only, received_on)

    def page_marks(self, path: Path) -> Iterator[str]:
        return self._now().page_marks(path)

    def explain(self, path: Path) -> list[str]:
        return self._now().explain(path)

    def _now(self) -> Teachable:
        with self._lock:
            stat = stat_of(self._kept.pointer)
            if stat != self._seen:
                self._reader = self._reader.taught(*in_force(self._kept, self._tell))
                self._seen = stat
            return self._reader
