"""The way of a sheet: pages → form → aligned → ink → readings → values with probabilities. Pure: no
journal, no network."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import cv2

from ocr.engines.contract import PageEngine
from ocr.engines.ppocr import PpOcr
from ocr.explaining import told
from ocr.fields import FieldReader
from ocr.ink.emptiness import is_blank
from ocr.ink.inkprint import ink_print
from ocr.ink.stray import stray_ink
from ocr.judging import Judge
from ocr.laid_sheet import Sheet, make_sheet
from ocr.letters.joined import LetterPage, LetterStack, is_cover
from ocr.letters.letter import LetterReader
from ocr.letters.record import letter_page, letter_record
from ocr.office.taught import NOTHING, Learned
from ocr.pages.opening import open_pages, sha256_of
from ocr.pages.pagemarks import page_marks
from ocr.place.align import Aligned, PreparedPage, prepare
from ocr.place.blank import Blank, closed_message, load_all
from ocr.place.found_sheets import Rule, is_hidden
from ocr.place.otherprint import other_print
from ocr.place.search import look_over
from ocr.refusing import BESIDES, Refusing
from ocr.seen import Seen
from ocr.stacks.leaves import PutTogether, ReadPage, Stack, put_together
from ocr.stacks.stated import AskedInk
from ocr.trust.model import Trust, shipped
from ocr.views.twoviews import look
from ocr.weigh.language import places_of
from ocr.weigh.sheetwide import alone, together
from records.checks import run_checks
from records.errors import DocumentError
from records.forms import FieldDef, FormDef
from records.pageties import ties_of
from records.refusal import Refusal
from records.site import IntakeSettings, Office, ReadingSettings
from records.types import Box, Field, Page, Problem, Record, Value


@dataclass(frozen=True, eq=False)
class _Found:
    """A sheet that was recognised as one page of a form.

    Attributes:
        middle: where its middle lies, in shares of the page's width and height; None where
            nothing else lies on the page.
        hidden: places, mm, where something else lies over it.
    """

    page: Page
    aligned: Aligned
    middle: tuple[float, float] | None = None
    hidden: tuple[Box, ...] = ()


_Item = _Found | LetterPage | Record | Refusal


class Reader:
    """Reads documents of known forms. Models load on first use; one reader serves any number of
    threads.

    Args:
        forms: by id.
        office: whose people write.
        settings: how to read.
        limits: what documents are accepted.
        trust: the office's own fitted model; None takes the shipped one.
        learned: words and confusions that the office's people taught.
        engine: reads lines in the place of the one that ships; needs ``trust`` that was fitted on it.

    Raises:
        ValueError: another engine without trust of its own.
    """

    def __init__(
        self,
        forms: Mapping[str, FormDef],
        office: Office,
        settings: ReadingSettings,
        limits: IntakeSettings,
        trust: Trust | None = None,
        learned: Learned = NOTHING,
        engine: PageEngine | None = None,
    ) -> None:
        if engine is not None and trust is None:
            raise ValueError("the trust that ships was fitted on another engine")
        cv2.setNumThreads(
            1
        )  # fields are read side by side: OpenCV's own threads fight with these for the processors
        self._shipped = shipped() if engine is None or trust is None else trust
        self._trust = trust or self._shipped
        self._learned = learned
        self._forms = forms
        self._office = office
        self._settings = settings
        self._rule = Rule(forms, settings.form_score)
        self._limits = limits
        self._fields = FieldReader(
            engine or PpOcr(settings.threads), settings.second_reader, places_of(office)
        )
        self._letters = LetterReader(self._fields.engine, self._fields.alphabets)
        # fields are read side by side; sheets that are read at the same time share these threads
        self._pool = ThreadPoolExecutor(settings.threads, thread_name_prefix="fields")
        self._lock = threading.Lock()
        self._loaded: tuple[tuple[Blank, ...], dict[str, str]] | None = None

    def taught(self, trust: Trust | None, learned: Learned) -> Reader:
        """The same reader with what the office taught; engines, threads and blanks are shared."""
        other = copy.copy(self)
        other._trust, other._learned = trust or self._shipped, learned
        return other

    @property
    def _blanks(self) -> tuple[Blank, ...]:
        return self._all_blanks()[0]

    @property
    def _closed(self) -> Mapping[str, str]:
        """Forms of which a blank cannot be used, with the reason: none of their sheets is read."""
        return self._all_blanks()[1]

    @property
    def _refusing(self) -> Refusing:
        return Refusing(self._forms, self._closed)

    @property
    def _judge(self) -> Judge:
        return Judge(self._office, self._trust)

    def _all_blanks(self) -> tuple[tuple[Blank, ...], dict[str, str]]:
        with self._lock:
            if self._loaded is None:
                self._loaded = load_all(self._forms.values())
            return self._loaded

    def read(
        self,
        path: Path,
        document: str = "",
        only: str = "",
        received_on: dt.date | None = None,
    ) -> Iterator[Record | Refusal]:
        """Read a document, one item a sheet, with one page's image in memory at a time. From the
        first page of a form of several pages on, all comes when the document is at its end.

        Args:
            path: PDF, TIFF, JPEG or PNG.
            document: its sha256 where it is known.
            only: read as this form and no other.
            received_on: the office's day of receipt, for ages, deadlines and dates near it; None
                for today.

        Raises:
            DocumentError: the whole document cannot be read.
        """
        yield from self._on(received_on)._read(path, document, only)

    def page_marks(self, path: Path) -> Iterator[str]:
        """See :func:`ocr.pages.pagemarks.page_marks`."""
        return page_marks(path, self._limits)

    def _on(self, received_on: dt.date | None) -> Reader:
        """The same reader for what came in on a day; all that is loaded is shared."""
        _ = self._blanks  # loaded here, or each document's reader would load its own
        other = copy.copy(self)
        other._office = self._office.on(received_on or self._office.today)
        return other

    def _read(self, path: Path, document: str, only: str) -> Iterator[Record | Refusal]:
        if only in self._closed:
            raise self._refusing.closed_error(only)
        document = document or sha256_of(path)
        stack: Stack[Record | Refusal] = Stack(self._forms)
        letters: LetterStack[_Found | Record | Refusal] = LetterStack(self._letter_record)
        for page in open_pages(path, self._limits, document):
            items: list[_Item] = (
                [Refusal(page.pages, page)]
                if isinstance(page, DocumentError)
                else self._identify(page, path, only)
            )
            done = [out for item in items for out in letters.take(item, _is_beside(item))]
            yield from map(self._whole, self._stacked(stack, done))
        yield from map(self._whole, self._stacked(stack, list(letters.rest())))
        yield from map(self._whole, stack.rest())

    def _stacked(
        self, stack: Stack[Record | Refusal], items: Sequence[_Found | Record | Refusal]
    ) -> Iterator[Record | Refusal | PutTogether]:
        """What lies on one page of the document, read, and what is complete with it."""
        several = sum(isinstance(item, _Found) for item in items) > 1
        for found in self._joined(items) if several else items:
            if isinstance(found, _Found | list):
                found = [found] if isinstance(found, _Found) else found
                crowded = several and found[0].middle is not None
                yield from stack.sheet([self._page(f) for f in found], crowded=crowded)
            else:
                # over a page that is no part of it a sheet does not go on: whose page is next?
                yield from stack.other(found, between=not _is_beside(found))

    def _whole(self, item: Record | Refusal | PutTogether) -> Record | Refusal:
        """The record of pages that are one sheet."""
        if not isinstance(item, PutTogether):
            return item
        form = self._forms[item.pages[0].form]
        if form.id in self._closed:
            pages = tuple(page.number for page in item.pages)
            return Refusal(pages, self._refusing.closed_error(form.id, pages), form.id)
        record = put_together(form, item, lambda fields: self._checked(form, fields))
        fields = sampled(record.fields, record.id, self._settings.sample_unseen)
        return replace(record, fields=fields)

    @staticmethod
    def _joined(
        items: Sequence[_Found | Record | Refusal],
    ) -> list[list[_Found] | Record | Refusal]:
        """What lies on one page, with the pages of one form put together where each lies there
        once; whose page it is where one lies there twice, nobody can tell."""
        joined: dict[object, list[_Found]] = {}
        others: list[list[_Found] | Record | Refusal] = []
        sheets = [item for item in items if isinstance(item, _Found)]
        faces = [(s.aligned.blank.form, s.aligned.blank.page) for s in sheets]
        twice = {form for form, number in faces if faces.count((form, number)) > 1}
        for number, sheet in enumerate(sheets):
            form = sheet.aligned.blank.form
            joined.setdefault(number if form in twice else form, []).append(sheet)
        others += [item for item in items if not isinstance(item, _Found)]
        by_page = [sorted(j, key=lambda s: s.aligned.blank.page) for j in joined.values()]
        if len(by_page) == 1 and not others:  # a sheet of several pages, and nothing else
            by_page = [[replace(sheet, middle=None) for sheet in by_page[0]]]
        return [*by_page, *others]

    def explain(self, path: Path) -> list[str]:
        """Say in Japanese what the document is taken for, page by page, and why."""
        lines = []
        for page in open_pages(path, self._limits):
            if isinstance(page, DocumentError):
                lines.append(page.message)
                continue
            scan = prepare(page)
            size = f"{page.image.shape[1]}×{page.image.shape[0]}画素、約{page.dpi:.0f}dpi"
            lines.append(f"{page.number}ページ目: {size}")
            if is_blank(scan):
                lines.append("  何も書かれていません(白紙)")
                continue
            lines += told(look_over(scan, self._blanks, self._rule), self._rule, self._refusing)
        lines += [closed_message(self._forms[form], why) for form, why in self._closed.items()]
        return lines

    # --- identify ---------------------------------------------------------------------------------

    def _identify(self, page: Page, path: Path, only: str) -> list[_Item]:
        """What lies on a page: its sheets in reading order, and why anything on it is not read."""
        scan = prepare(page)
        if is_blank(scan):
            return [self._refusing.blank(page, path)]
        blanks = [b for b in self._blanks if not only or b.form == only]
        look = look_over(scan, blanks, self._rule, self._pool.map)
        if not look.sheets:
            if look.strange:
                return [self._refusing.other_version(page, path, look.strange[0])]
            return [self._letter(scan, path, only, look.ranked)]
        crowded = len(look.sheets) > 1 or look.beside or bool(look.strange)
        items: list[_Item] = [
            self._refusing.alike(page, path, sheet)
            if sheet.choice.alike
            else _Found(sheet.page, sheet.aligned, sheet.middle if crowded else None, sheet.hidden)
            for sheet in look.sheets
        ]
        items += [self._refusing.other_version(page, path, aligned) for aligned in look.strange]
        if look.beside and not look.strange:
            items.append(self._refusing.beside(page, path, look))
        return items

    def _letter(
        self, scan: PreparedPage, path: Path, only: str, ranked: Sequence[Aligned]
    ) -> _Item:
        """The page as a letter's, where a letter form wants it."""
        refusal = self._refusing.no_form(scan.page, path, ranked)
        forms = [
            f for f in self._forms.values() if f.kind == "letter" and (not only or f.id == only)
        ]
        if not forms:
            return refusal
        dpi = scan.page.dpi * scan.image.shape[0] / scan.page.image.shape[0]
        letter = self._letters.read(scan.image, dpi)
        if is_cover(letter):
            return self._refusing.cover(scan.page, path)
        return letter_page(forms, letter, scan.page, only, refusal)

    def _letter_record(self, pages: Sequence[LetterPage], in_doubt: bool) -> Record:
        form = self._forms[pages[0].form]
        made = letter_record(form, pages, self._judge, in_doubt)
        fields = self._checked(form, made.fields)
        return replace(made, fields=sampled(fields, made.id, self._settings.sample_unseen))

    # --- read -------------------------------------------------------------------------------------

    def _page(self, found: _Found) -> ReadPage:
        """Read one page of a form: all that is known of it without the form's other pages."""
        form, face = self._forms[found.aligned.blank.form], found.aligned.blank.page
        page = ReadPage(
            found.page.document,
            found.page.number,
            form.id,
            face,
            found.aligned.fit,
            found.middle,
        )
        if form.id in self._closed:
            return page
        own = [item for item in form.fields.values() if item.page == face]
        sheet = make_sheet(found.page, found.aligned, own, self._pool.map)
        # the widest first: begun last, one of several lines leaves the other threads with nothing
        # to do
        present = sorted(own, key=_room, reverse=True)
        looks = self._pool.map(
            lambda item: alone(form, item, self._look(item, sheet), self._office, self._learned),
            present,
        )
        looked = {item.name: look for item, look in zip(present, looks, strict=True)}
        seen = together(
            form, {item.name: looked[item.name] for item in own}, self._office, self._learned
        )
        fields = {item.name: self._field(form, item, sheet, seen[item.name]) for item in own}
        strays = stray_ink(form, {face: sheet}, seen)
        others = other_print(form, {face: sheet}, {face: found.hidden})
        writing = ink_print(sheet)
        return replace(
            page,
            fields=self._covered(fields, found),
            strays=tuple(place for problem in strays for place in problem.places),
            others=tuple(place for problem in others for place in problem.places),
            ink=writing.bits,
            strokes=writing.strokes,
            asked={name: ink for name in _tied(form, face) if (ink := _asked(seen.get(name)))},
        )

    @staticmethod
    def _covered(fields: dict[str, Field], found: _Found) -> dict[str, Field]:
        """Fields with something lying over them are asked about: what was read may be its print."""
        problem = Problem(
            "covered", "この欄に別の紙が重なっているようです。原本を見て確認してください"
        )
        return {
            name: replace(field, problems=(*field.problems, problem), unseen=False)
            if field.box and is_hidden(field.box, found.hidden)
            else field
            for name, field in fields.items()
        }

    def _look(self, item: FieldDef, sheet: Sheet) -> dict[str, Seen]:
        """What is on the page where the field is, in both of its views."""
        return look(item, sheet, self._fields, lambda texts: self._judge.plain_value(item, texts))

    def _field(
        self, form: FormDef, item: FieldDef, sheet: Sheet, seen: Mapping[str, Seen]
    ) -> Field:
        fit = sheet.aligned.fit_around(item.area) if item.area else sheet.aligned.fit
        return self._judge.judged(
            form, item, seen, {"fit": fit, "coarse": sheet.coarse_mm}, item.page
        )

    # --- check ------------------------------------------------------------------------------------

    def _checked(self, form: FormDef, fields: Mapping[str, Field]) -> dict[str, Field]:
        values: dict[str, Value] = {name: field.value for name, field in fields.items()}
        found = run_checks(form, values, self._office, self._office.today)
        return {
            name: replace(field, problems=(*field.problems, *found[name]), unseen=False)
            if found.get(name)
            else field
            for name, field in fields.items()
        }


def _is_beside(item: object) -> bool:
    """True for what stands between the pages of a sheet without being one."""
    return isinstance(item, Refusal) and item.error.code in BESIDES


def _tied(form: FormDef, face: int) -> Iterator[str]:
    """Fields of a page whose value stands on other pages, too."""
    yield from (tie[face] for tie in ties_of(form) if face in tie)


def _asked(seen: Mapping[str, Seen] | None) -> AskedInk | None:
    """The ink of a field that is one line."""
    whole = seen.get("") if seen is not None and len(seen) == 1 else None
    if whole is None or whole.anew is None:
        return None
    return AskedInk([text for text, _ in whole.texts], whole.anew)


def _room(item: FieldDef) -> float:
    """How much there may be to read in a field, mm²: nothing in a mark."""
    return item.area.width * item.area.height if item.area and not item.traits.is_ink else 0.0


def sampled(fields: Mapping[str, Field], record: str, share: float) -> dict[str, Field]:
    """Mark a share of the unseen fields to go to a person all the same, so that the real rate of
    wrong ones is known.

    Which ones follows from a hash of record and field: reading a sheet again marks the same ones,
    and nobody who fills in a form can know them.
    """

    def drawn(name: str) -> bool:
        digest = hashlib.sha256(f"sample {record} {name}".encode()).digest()
        return int.from_bytes(digest[:8], "big") < share * 2**64

    return {
        name: replace(field, sampled=True) if field.unseen and drawn(name) else field
        for name, field in fields.items()
    }
