"""Stacks of two-page forms in the orders that feeders and hands make, with pages missing, twice, and
among pages of another form: what is joined, what is asked, what is wrong.

Run ``python -m benchmarks.stacks``. Practice sheets of a form that is drawn here are scanned and
read page by page, each once; the stacks then put what was read into any order, as the reader itself
does. A stack is judged three times: as a form with a number and a name on both pages, with the name
only, and with nothing that stands on both.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.handsets import MEASURING
from benchmarks.resultpage import table_row
from ocr.pages.opening import open_pages
from ocr.practice.damage import damaged, source_dpi
from ocr.practice.fill import USUAL, fill
from ocr.practice.hands import Hand, find_hands
from ocr.practice.households import Rng
from ocr.practice.practicesheets import PracticeSheet
from ocr.practice.truths import answers
from ocr.practice.write import save_practice
from ocr.reader import Reader, _Found
from ocr.stacks.leaves import PutTogether, ReadPage, Stack
from records.formloading import load_form
from records.forms import FormDef
from records.pageties import JoiningDef, ties_of
from records.site import IntakeSettings, Office, ReadingSettings
from records.types import PAGE_MISSING, Box
from samples.blanks.kit import Definition, Pen, inner, load_fonts

DAMAGES = ("scan300", "scan200", "mono300", "mono200", "fax_fine", "skewed")
ORDERS = ("duplex", "fronts_backs", "backs_reversed", "turned", "shuffled")
MISHAPS = ("none", "one_missing", "some_missing", "one_twice", "two_forms")
TIES = {
    "number and name": (("number", "number_back"), ("applicant", "applicant_back")),
    "name": (("applicant", "applicant_back"),),
    "nothing": (),
}
_OTHER_BITS = 90
FRONT = ("生年月日", "電話番号", "世帯の人数", "申請の理由", "対象の施設")
BACK = ("利用の内容", "利用人数", "緊急の連絡先", "備考")


def draw_form(folder: Path, id: str = "facility", title: str = "施設利用登録申請書") -> FormDef:
    """A form of two pages with a number and a name on both."""
    load_fonts()
    folder = folder / id
    folder.mkdir(parents=True)
    head = {"id": id, "title": title, "version": 1, "zone": "lgwan"}
    head |= {"department": "建設課", "initiative": "EFF-05"}
    back = f"{title}(裏面)"
    pen = Pen(folder / "blank.pdf", title)
    form = Definition(head, [[title], [back]])
    _face(pen, form, title, FRONT, "")
    pen.next_page()
    _face(pen, form, back, BACK, "_back", 2)
    pen.save()
    form.write(folder / "form.toml", "表と裏のある様式")
    return load_form(folder)


def _face(
    pen: Pen, form: Definition, title: str, labels: Sequence[str], end: str, page: int = 1
) -> None:
    keys = {"page": page} if page > 1 else {}
    pen.text(105, 20, title, 16, "center", "bold")
    y = 34.0 if page == 1 else 40.0
    pen.label(Box(20, y, 34, 9), "登録番号", 9)
    cells = pen.cells(Box(60, y + 0.5, 56, 8), 7)
    form.field(f"number{end}", "digits", "登録番号", cells={"box": cells, "count": 7}, **keys)
    y += 14
    pen.label(Box(20, y, 34, 12), "氏名", 9)
    box = inner(pen.frame(Box(54, y, 100, 12)))
    form.field(f"applicant{end}", "name", "氏名", box=box, **keys)
    for n, label in enumerate(labels):
        y += 16 if page == 1 else 24
        pen.label(Box(20, y, 34, 12), label, 9)
        box = inner(pen.frame(Box(54, y, 136, 12)))
        form.field(f"f{page}{n}", "text", label, box=box, **keys)
    pen.text(105, 285, f"{page}／2ページ", 8, "center")


def sheet_of(form: FormDef, hand: Hand, damage: str, rng: Rng) -> PracticeSheet:
    """One person's two pages, filled and scanned."""
    values, home = answers(form, Office(), rng)
    number = "".join(str(digit) for digit in rng.integers(0, 10, 7))
    told = {**values, "number": number, "applicant_back": values["applicant"]}
    told["number_back"] = number
    pages, truth, _ = fill(
        form, told, home, hand, rng, source_dpi(damage), replace(USUAL, received=0.0)
    )
    images, dpi = damaged(pages, damage, rng)
    return PracticeSheet(form.id, tuple(images), dpi, truth, hand.name, damage)


def read_people(form: FormDef, count: int, seed: int) -> list[tuple[ReadPage, ReadPage]]:
    """Both pages of so many people, each really read."""
    reader = Reader({form.id: form}, Office(), ReadingSettings(), IntakeSettings())
    hands = find_hands(without=MEASURING)
    people = []
    with tempfile.TemporaryDirectory() as folder:
        for index in range(count):
            rng = np.random.default_rng([seed, index])
            hand = hands[int(rng.integers(len(hands)))]
            sheet = sheet_of(form, hand, DAMAGES[index % len(DAMAGES)], rng)
            path = save_practice([sheet], Path(folder))[0]
            by_face = {page.face: page for page in pages_read(reader, path, form)}
            path.unlink()
            if by_face.keys() == {1, 2}:  # what is not found at all is not measured here
                people.append((by_face[1], by_face[2]))
    return people


def pages_read(reader: Reader, path: Path, form: FormDef) -> Iterator[ReadPage]:
    """The pages of a document as the reader reads them before it joins any."""
    for page in open_pages(path, IntakeSettings()):
        for found in reader._identify(page, path, form.id):  # type: ignore[arg-type]
            if isinstance(found, _Found):
                yield reader._page(found)


@dataclass(frozen=True, slots=True)
class StackPaper:
    """A page in a stack: whose it is, and what was read of it; of another form without a reading."""

    person: int
    page: ReadPage | None


def stack_of(
    people: Sequence[tuple[ReadPage, ReadPage]], order: str, mishap: str, rng: Rng
) -> list[StackPaper]:
    """A stack of some of the people in an order, with something gone wrong."""
    count = int(rng.integers(2, min(13, len(people) + 1)))
    chosen = rng.choice(len(people), count, replace=False)
    fronts = [StackPaper(int(p), people[p][0]) for p in chosen]
    backs = [StackPaper(int(p), people[p][1]) for p in chosen]
    lost = 3
    if mishap in ("none", "two_forms", "one_twice"):
        lost = 0
    elif mishap == "one_missing":
        lost = 1
    whole = [*fronts, *backs]
    missing = rng.choice(len(whole), min(lost, len(whole) - 1), replace=False)
    gone = {id(whole[number]) for number in missing}
    pairs = [paper for pair in zip(fronts, backs, strict=True) for paper in pair]
    papers = {
        "duplex": pairs,
        "fronts_backs": whole,
        "backs_reversed": [*fronts, *reversed(backs)],
        "turned": pairs[::-1],
        "shuffled": [whole[k] for k in rng.permutation(len(whole))],
    }[order]
    papers = [paper for paper in papers if id(paper) not in gone]
    if mishap == "one_twice":
        again = int(rng.integers(len(papers)))
        papers.insert(int(rng.integers(len(papers) + 1)), _again(papers[again], rng))
    if mishap == "two_forms":
        for _ in range(int(rng.integers(1, 4))):
            papers.insert(int(rng.integers(len(papers) + 1)), StackPaper(-1, None))
    return papers


def _again(paper: StackPaper, rng: Rng) -> StackPaper:
    """The page scanned once more: some of its bits are others, as :mod:`benchmarks.duplicates`
    finds."""
    if paper.page is None or not paper.page.ink:
        return paper
    bits = int(paper.page.ink, 16)
    for place in rng.choice(4 * len(paper.page.ink), _OTHER_BITS, replace=False):
        bits ^= 1 << int(place)
    ink = f"{bits:0{len(paper.page.ink)}x}"
    return replace(paper, page=replace(paper.page, ink=ink))


def put_together(form: FormDef, papers: Sequence[StackPaper]) -> list[PutTogether]:
    """What the reader makes of a stack."""
    stack: Stack[StackPaper] = Stack({form.id: form})
    found: list[StackPaper | PutTogether] = []
    for number, paper in enumerate(papers, 1):
        if paper.page is None:
            found += stack.other(paper)
        else:
            found += stack.sheet([replace(paper.page, number=number)], crowded=False)
    found += stack.rest()
    return [item for item in found if isinstance(item, PutTogether)]


def judged(
    form: FormDef, papers: Sequence[StackPaper], sheets: Sequence[PutTogether]
) -> tuple[Counter[str], Counter[str]]:
    """How many sheets came out how: of the people who wrote something that stands on both pages,
    and of those who left it blank.

    Of the people with both pages in the stack: ``right`` joined and nobody asked, ``asked`` joined
    or left apart with a question. Of what comes out: ``wrong`` two people's pages without a
    question, ``wrong_asked`` with one, ``half`` part of a sheet without a question.
    """
    blank_people = _blank_people(form, papers)
    written: Counter[str] = Counter()
    blank: Counter[str] = Counter()
    for sheet in sheets:
        owners = {papers[page.number - 1].person for page in sheet.pages}
        codes = {problem.code for problem in sheet.problems}
        whole = len({page.face for page in sheet.pages}) == len(form.pages)
        told = blank if owners <= blank_people else written
        told["half"] += int(not whole and PAGE_MISSING not in codes)
        told["parts"] += int(not whole)
        told["wrong" if not codes else "wrong_asked"] += int(whole and len(owners) > 1)
        told["right"] += int(whole and len(owners) == 1 and not codes)
        told["confirmed"] += int(whole and len(owners) == 1 and bool(codes))
    counted = Counter((paper.person, paper.page.face) for paper in papers if paper.page)
    for person in {person for person, _ in counted}:
        told = blank if person in blank_people else written
        told["sheets"] += min(counted[person, 1], counted[person, 2])
    return written, blank


def _blank_people(form: FormDef, papers: Sequence[StackPaper]) -> set[int]:
    """Who wrote nothing on either page where a value should stand on both."""
    ties = ties_of(form)
    names = {name for tie in ties for name in tie.values()}
    wrote = {
        paper.person
        for paper in papers
        if paper.page and any(paper.page.fields[n].text for n in names & paper.page.fields.keys())
    }
    if ties:
        return {paper.person for paper in papers if paper.page} - wrote
    return set()


def measure(count: int, people: int, seed: int) -> dict[str, Counter[str]]:
    """Sums over so many stacks, for each of :data:`TIES`: of all sheets, of those that hold
    something that stands on both pages (in all, by order, by mishap), and of the others."""
    with tempfile.TemporaryDirectory() as folder:
        form = draw_form(Path(folder))
        read = read_people(form, people, seed)
        sums: dict[str, Counter[str]] = {}
        for index in range(count):
            rng = np.random.default_rng([seed + 1, index])
            order = ORDERS[index % len(ORDERS)]
            mishap = MISHAPS[(index // len(ORDERS)) % len(MISHAPS)]
            papers = stack_of(read, order, mishap, rng)
            for name, same in TIES.items():
                tied = replace(form, joining=JoiningDef(same))
                written, blank = judged(tied, papers, put_together(tied, papers))
                sums.setdefault(name, Counter()).update(written + blank)
                for key in ("stands on both", order, mishap):
                    sums.setdefault(f"{name} / {key}", Counter()).update(written)
                sums.setdefault(f"{name} / left blank", Counter()).update(blank)
    return sums


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stacks", type=int, default=200)
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--seed", type=int, default=14)
    given = parser.parse_args()
    sums = measure(given.stacks, given.people, given.seed)
    print(
        "| on both pages | sheets | joined, nobody asked | joined, asked | parts, asked | wrong, asked | wrong | half |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for key in sorted(sums, key=lambda k: (k.split(" / ")[0], " / " in k)):
        n = sums[key]
        share = n["right"] / max(1, n["sheets"])
        rest = [n[name] for name in ("confirmed", "parts", "wrong_asked", "wrong", "half")]
        print(table_row(key, n["sheets"], f"{n['right']} ({share:.1%})", *rest))


if __name__ == "__main__":
    main()
