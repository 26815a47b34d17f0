"""Pictures of sheets: the archived original warped onto its blank, so that a field's box cuts out
what was written there.

Warped pages are kept below ``work/desk/``, never anywhere else. They are made before they are asked
for (:mod:`desk.prefetch`), and go when nobody asked for a month, when they take more than
:data:`MOST_BYTES`, or when the original is gone. My Numbers are covered unless the caller has the
right to see them.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from connectors.sources import folder
from desk.shownpage import ShownPage, covered, jpeg, one_below_the_other, pixels
from records.errors import DocumentError
from records.forms import FormDef
from records.journal import RecordLine
from records.site import Site
from records.types import MM_PER_INCH, Page, Record

if TYPE_CHECKING:
    from ocr.place.blank import Blank

MOST_BYTES = 1 << 30
"""Of kept pages on the disk, about 2000 sheets."""

_KEPT_DAYS = 30
_IN_MEMORY = 16
_DPI = 200.0
_MARGIN_X = 5.0
_MARGIN_Y = 2.5
_AROUND = 6.0  # about a note: what it stands beside says what it is about
_WORDS = 22.0
_A4 = 1.414  # height of a page by its width; a letter's pages stand one below the other


Paper = Record | RecordLine
"""Whatever says which pages of which document are a sheet of which form."""


class Pictures:
    """The pictures of one site; safe between threads.

    Args:
        site: where the originals and the work folder are.
        forms: by id.
    """

    def __init__(self, site: Site, forms: Mapping[str, FormDef]) -> None:
        self._site = site
        self._forms = forms
        self._folder = site.work / "desk"
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.Lock()
        self._memory: OrderedDict[str, ShownPage] = OrderedDict()
        self._making: dict[str, threading.Lock] = {}
        self._blanks: dict[str, tuple[Blank, ...]] = {}
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="pictures")
        self._sizes: dict[str, int] = {}  # of the kept pages, by key
        self._wanted = 0
        self.tidy()

    def page(self, record: Record, number: int, hidden: Collection[str]) -> bytes:
        """A page of the sheet as JPEG, with the boxes of the ``hidden`` fields covered.

        Raises:
            DocumentError: the original is not there any more, or has no such page.
        """
        sheet = self._sheet(record, number)
        image = Image.fromarray(covered(sheet, record, number, hidden))
        shape = image.height / image.width
        below = max(1, round(shape / _A4))
        image.thumbnail((1300, 1900 * below))
        return jpeg(image, 80)

    def crop(self, record: Record, name: str, hidden: Collection[str]) -> bytes:
        """The place of one field with a little around it, as JPEG; the whole page for a field
        without a place.

        Raises:
            DocumentError: as for :meth:`page`.
        """
        field = record.fields[name]
        if field.box is None:
            return self.page(record, field.page, hidden)
        sheet = self._sheet(record, field.page)
        image = covered(sheet, record, field.page, hidden)
        beside = self._beside(record, name)
        rows, columns = pixels(sheet, field.box, _MARGIN_X, _MARGIN_Y, beside)
        part = Image.fromarray(image[rows, columns])
        return jpeg(part, 90)

    def place(self, record: Record, number: int, hidden: Collection[str]) -> bytes:
        """The ``number``-th (from 0) place of the sheet's own problems with a little around it, as
        JPEG.

        Raises:
            DocumentError: as for :meth:`page`.
        """
        place = record.places[number]
        sheet = self._sheet(record, place.page)
        image = covered(sheet, record, place.page, hidden)
        rows, columns = pixels(sheet, place.box, _AROUND, _AROUND)
        part = Image.fromarray(image[rows, columns])
        return jpeg(part, 90)

    def _beside(self, record: Record, name: str) -> float:
        """More mm on the right where words stand beside boxes to tick: they say what was ticked."""
        form = self._forms.get(record.form)
        made = form.fields.get(name) if form is not None else None
        if made is not None and made.place and made.place.options and made.place.mark == "check":
            return _WORDS
        return 0.0

    def prepare(self, records: Iterable[Record]) -> None:
        """Make the pages of records that somebody will look at next, in the background."""
        for record in records:
            wanted = {field.page for field in record.fields.values() if field.doubtful}
            wanted |= {place.page for place in record.places}
            numbers = sorted(wanted or {1})
            for number in numbers:
                self._ahead.submit(self._try, record, number)

    def size_mm(self, record: Record, number: int) -> tuple[float, float]:
        """Width and height in mm that the boxes of a page refer to; A4 where nobody knows."""
        key = self._key(record, number)
        with self._lock:
            sheet = self._memory.get(key)
        if sheet is not None:
            return sheet.size_mm
        form = self._forms.get(record.form)
        if form is not None and form.kind == "form":
            for blank in self._blanks_of(form):
                if blank.page == number:
                    return blank.size_mm
        with contextlib.suppress(OSError, KeyError), Image.open(self._path(key)) as image:
            ppm = float(image.info["dpi"][0]) / MM_PER_INCH
            return image.width / ppm, image.height / ppm
        return 210.0, 297.0

    def kept(self, paper: Paper) -> bool:
        """True where the sheet's pages lie ready."""
        start = self._stem(paper)
        with self._lock:
            numbers = (1, 2, paper.pages[0])
            return any(f"{start}{number}" in self._sizes for number in numbers)

    def make(self, paper: Paper) -> None:
        """Make and keep a sheet's pages.

        Raises:
            DocumentError: the original is not there any more.
        """
        with self._lock:
            making = self._making.setdefault(paper.id, threading.Lock())
        with making:
            if not self.kept(paper):
                for page, one in self._made(paper).items():
                    self._keep(self._key(paper, page), one)
        with self._lock:
            self._making.pop(paper.id, None)

    @property
    def wanted(self) -> bool:
        """True while somebody waits for a page that is not made yet."""
        return self._wanted > 0

    @property
    def full(self) -> bool:
        """True where no more pages should be made in advance."""
        with self._lock:
            return sum(self._sizes.values()) > 0.8 * MOST_BYTES

    def tidy(self) -> None:
        """Take away what nobody asked for in a long time, what is too much, and pages whose
        original is gone."""
        found = []
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(OSError):
                stat = path.stat()
                found.append((stat.st_mtime, stat.st_size, path))
        found.sort(reverse=True)
        sizes: dict[str, int] = {}
        oldest = time.time() - _KEPT_DAYS * 86400
        total = 0
        for at, size, path in found:
            total += size
            if path.suffix == ".tmp":  # being written, or left by a kill
                gone = at < time.time() - 3600
            else:
                is_too_much = at < oldest or total > MOST_BYTES
                gone = is_too_much or not self._has_original(path.stem)
            if gone:
                with contextlib.suppress(OSError):
                    path.unlink()
            elif path.suffix == ".png":
                sizes[path.stem] = size
        with self._lock:
            self._sizes = sizes

    def _has_original(self, key: str) -> bool:
        """By the document's number at the beginning of the key."""
        document = key.partition("-")[0]
        archived = self._site.archive.glob(f"*/{document[:2]}/{document}*")
        in_work = self._site.work.glob(f"processing/{document}*")
        places = (archived, in_work)
        return any(next(place, None) for place in places)

    def close(self) -> None:
        self._ahead.shutdown(wait=True, cancel_futures=True)

    # --- inside -----------------------------------------------------------------------------------

    def _try(self, record: Record, number: int) -> None:
        with contextlib.suppress(DocumentError, OSError):  # whoever asks for it is told then
            self._sheet(record, number)

    @staticmethod
    def _stem(paper: Paper) -> str:
        # which pages are one sheet may change: a person joins and parts them
        pages = ""
        if len(paper.pages) > 1:
            pages = ".".join(map(str, paper.pages)) + "-"
        # a sheet keeps its id when its file changes, and has another picture then
        document = paper.document[:16]
        is_later = not paper.id.startswith(document)
        file = f"{document}-" if is_later else ""
        form = f"{paper.form}-{paper.version}"
        return f"{paper.id}-{file}{form}-{pages}"

    @classmethod
    def _key(cls, paper: Paper, number: int) -> str:
        return f"{cls._stem(paper)}{number}"

    def _sheet(self, record: Record, number: int) -> ShownPage:
        record = _holder(record, number)
        key = self._key(record, number)
        with self._lock:
            if key in self._memory:
                self._memory.move_to_end(key)
                return self._memory[key]
            making = self._making.setdefault(record.id, threading.Lock())
        with making:
            sheet = self._kept(key)
            if sheet is not None:
                with contextlib.suppress(OSError):
                    os.utime(self._path(key))  # asked for: stays
            else:
                with self._waiting():
                    made = self._made(record)
                for page, one in made.items():
                    self._keep(self._key(record, page), one)
                sheet = made.get(number) or self._kept(key)
            if sheet is None:
                raise DocumentError("missing", "このページの画像がありません")
        with self._lock:
            self._making.pop(record.id, None)
            self._memory[key] = sheet
            while len(self._memory) > _IN_MEMORY:
                self._memory.popitem(last=False)
        return sheet

    @contextlib.contextmanager
    def _waiting(self) -> Iterator[None]:
        with self._lock:
            self._wanted += 1
        try:
            yield
        finally:
            with self._lock:
                self._wanted -= 1

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.png"

    def _kept(self, key: str) -> ShownPage | None:
        try:
            with Image.open(self._path(key)) as image:
                return ShownPage(
                    np.asarray(image.convert("L")), float(image.info["dpi"][0]) / MM_PER_INCH
                )
        except (OSError, KeyError, SyntaxError):
            return None

    def _keep(self, key: str, sheet: ShownPage) -> None:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = path.with_suffix(f".{threading.get_ident()}.tmp")
        dpi = sheet.ppm * MM_PER_INCH
        with os.fdopen(
            os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb"
        ) as stream:
            image = Image.fromarray(sheet.image)
            image.save(stream, "PNG", dpi=(dpi, dpi), compress_level=1)
        beside.replace(path)
        with self._lock:
            self._sizes[key] = path.stat().st_size
            much = sum(self._sizes.values()) > MOST_BYTES
        if much:
            self.tidy()

    def _made(self, record: Paper) -> dict[int, ShownPage]:
        """The record's pages by their number in the form."""
        from ocr.pages.opening import open_pages

        site = self._site
        path = folder.find(
            record.document, work=site.work, archive_root=site.archive, failed_root=site.failed
        )
        if path is None:
            raise DocumentError(
                "missing",
                "原本が見つかりません。保存期間が過ぎたか、保管フォルダーから移されています",
            )
        wanted = frozenset(record.pages)
        pages = (
            page
            for page in open_pages(path, site.intake, record.document, only=wanted)
            if isinstance(page, Page)
        )
        found = {}
        for order, page in enumerate(pages, 1):
            found.update(self._aligned(page, order, record))
        form = self._forms.get(record.form)
        if form is not None and form.kind == "letter" and len(found) > 1:
            return {1: one_below_the_other([found[order] for order in sorted(found)])}
        return found

    def _blanks_of(self, form: FormDef) -> tuple[Blank, ...]:
        """The form's blanks; a damaged one is left out, and its pages are shown as scanned."""
        from ocr.place.blank import load_all

        known = self._blanks.get(form.id)
        if known:
            return known
        blanks, _ = load_all([form])
        return self._blanks.setdefault(form.id, blanks)

    def _aligned(self, page: Page, order: int, paper: Paper) -> dict[int, ShownPage]:
        """A page's sheets of a record on their blanks, by the blanks' numbers; as it was scanned
        where it has none or fits none."""
        from ocr.place.align import prepare
        from ocr.place.blank import PX
        from ocr.place.found_sheets import Rule
        from ocr.place.search import look_over, pages_of

        form = self._forms.get(paper.form)
        if form is not None and form.kind == "form":
            middle = Record.middle_of(paper.id)
            # where other sheets lie on the page it is taken apart as when it was read
            forms = [form] if middle is None else list(self._forms.values())
            blanks: list[Blank] = []
            for one in forms:
                if one.kind == "form":
                    blanks += self._blanks_of(one)
            rule = Rule(self._forms, self._site.reading.form_score)
            look = look_over(prepare(page), blanks, rule)
            pages = pages_of(look.of(form.id), middle)
            if pages:
                return {number: ShownPage(aligned.image, PX) for number, aligned in pages.items()}
        scale = min(1.0, _DPI / page.dpi)
        image = Image.fromarray(page.image)
        width = max(1, round(image.width * scale))
        height = max(1, round(image.height * scale))
        image = image.resize((width, height))
        sheet = ShownPage(np.asarray(image), page.pixels_per_mm * scale)
        return {order: sheet}


def _holder(record: Record, number: int) -> Record:
    """The record itself, or what stands for it in another document that a page was joined from."""
    for leaf in record.leaves:
        if leaf.face == number and leaf.document != record.document:
            own = Record.id_of(leaf.document, leaf.number)
            return replace(record, id=own, document=leaf.document, pages=(leaf.number,))
    return record
