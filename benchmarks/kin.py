"""Sheets of forms that nobody registered and that share nearly all print with one that is: how many
reach a person.

Run ``python -m benchmarks.kin``. A family of forms with one letterhead, applicant's block and bank
block is drawn; its head is registered, the sheets are those of its kin, which differ from it in one
thing. They are filled in by practice hands, scanned and faxed.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from benchmarks.handsets import MEASURING
from benchmarks.resultpage import write_section
from ocr.practice.damage import damaged, source_dpi
from ocr.practice.fill import USUAL, fill
from ocr.practice.hands import find_hands
from ocr.practice.households import Rng, pick
from ocr.practice.practicesheets import PracticeSheet
from ocr.practice.truths import answers
from ocr.practice.write import save_practice
from ocr.reader import Reader
from records.formloading import load_form
from records.forms import FormDef
from records.refusal import Refusal
from records.site import IntakeSettings, Office, ReadingSettings
from records.types import Box, Record
from samples.blanks.kit import Definition, Pen, inner, load_fonts

DAMAGES = ("scan200", "scan300", "fax_fine", "fax_standard")

LABELS = (
    "フリガナ", "氏名", "生年月日", "住所", "電話番号", "世帯主の氏名", "申請の理由", "対象の施設",
    "使用の期間", "利用人数", "申請の金額",
)  # fmt: skip
OTHERS = (
    "勤務先",
    "学校名",
    "車両番号",
    "所有者",
    "保護者の氏名",
    "続柄",
    "設置場所",
    "工事の内容",
)
BANK = ("金融機関名", "支店名", "口座番号", "口座名義")
OPTIONS = ("普通", "当座", "貯蓄")


@dataclass(frozen=True)
class Kin:
    """A form of the family.

    Attributes:
        labels: of the rows; an empty one is a row without a label.
        added: small print that stands below a row's label, by row.
    """

    name: str
    title: str = "住宅改修補助金交付申請書"
    part: str = "(本人が申請する場合)"
    year: str = "令和7年度"
    number: str = "様式第1号(第3条関係)"
    city: str = "鹿島市長 様"
    law: str = "補助金等交付規則第4条の規定により、次のとおり申請します。"
    labels: Sequence[str] = LABELS
    options: Sequence[str] = OPTIONS
    added: Mapping[int, str] = field(default_factory=dict)
    body: str = "mincho"

    def draw(self, folder: Path) -> FormDef:
        """Draw the blank, write form.toml beside it, and load both."""
        load_fonts()
        folder = folder / self.name
        folder.mkdir(parents=True)
        head = {"id": self.name, "title": self.title, "version": 1, "zone": "lgwan"}
        head |= {"department": "建設課", "initiative": "EFF-05"}
        pen = Pen(folder / "blank.pdf", self.title, self.body)
        form = Definition(head, [[self.title]])
        pen.text(24, 16, self.number, 8)
        pen.text(105, 24, self.title, 16, "center")
        pen.text(105, 32, self.part, 9, "center")
        pen.text(186, 32, self.year, 9, "right")
        pen.text(24, 40, self.city, 11)
        pen.text(24, 48, self.law, 8)
        y = self._rows(pen, form, 54.0, self.labels, "a")
        y = self._choice(pen, form, y + 6)
        y = self._rows(pen, form, y + 6, BANK, "b")
        pen.text(24, y + 8, "※太枠の中を記入してください。", 8)
        pen.save()
        form.write(folder / "form.toml", "様式の一族")
        return load_form(folder)

    def _rows(self, pen: Pen, form: Definition, y: float, labels: Sequence[str], to: str) -> float:
        for row, label in enumerate(labels):
            pen.label(Box(24, y, 38, 9), label, 9)
            if to == "a" and row in self.added:
                pen.text(43, y + 7.3, self.added[row], 6, "center")
            box = pen.frame(Box(62, y, 124, 9))
            form.field(f"{to}{row}", "text", label or "欄", box=inner(box))
            y += 9
        return y

    def _choice(self, pen: Pen, form: Definition, y: float) -> float:
        pen.label(Box(24, y, 38, 9), "預金種目", 9)
        pen.frame(Box(62, y, 124, 9))
        boxes = pen.words(70, y + 4.5, self.options, 8, 9)
        form.field("kind", "choice", "預金種目", mark="circle", options=boxes)
        return y + 9


HEAD = Kin("head")
"""The form that is registered."""


def _title(rng: Rng) -> Kin:
    other = pick(rng, ("新築", "解体", "耐震", "増築", "購入"))
    return replace(HEAD, title=f"住宅{other}補助金交付申請書")


def _part(rng: Rng) -> Kin:
    other = pick(rng, ("代理人が申請", "法人が申請", "団体が申請", "家族が届け出"))
    return replace(HEAD, part=f"({other}する場合)")


def _year(rng: Rng) -> Kin:
    return replace(HEAD, year=f"令和{pick(rng, '345689')}年度")


def _number(rng: Rng) -> Kin:
    number = pick(rng, "23456789")
    return replace(HEAD, number=f"様式第{number}号(第{pick(rng, '245678')}条関係)")


def _city(rng: Rng) -> Kin:
    return replace(HEAD, city=f"{pick(rng, ('武雄', '嬉野', '小城', '唐津'))}市長 様")


def _law(rng: Rng) -> Kin:
    return replace(HEAD, law=HEAD.law.replace("補助金等", pick(rng, ("助成金等", "給付金等"))))


def _label(rng: Rng) -> Kin:
    labels = list(LABELS)
    labels[int(rng.integers(len(labels)))] = pick(rng, OTHERS)
    return replace(HEAD, labels=labels)


def _label_less(rng: Rng) -> Kin:
    labels = list(LABELS)
    labels[int(rng.integers(len(labels)))] = ""
    return replace(HEAD, labels=labels)


def _label_more(rng: Rng) -> Kin:
    word = pick(rng, ("(自署)", "(世帯全員分)", "(法人の場合)", "(任意)"))
    return replace(HEAD, added={int(rng.integers(len(LABELS))): word})


def _row_more(rng: Rng) -> Kin:
    return replace(HEAD, labels=(*LABELS, pick(rng, OTHERS)))


def _options(rng: Rng) -> Kin:
    other = pick(
        rng, (("窓口", "郵送", "貯蓄"), ("普通", "納税", "別段"), ("新規", "変更", "廃止"))
    )
    return replace(HEAD, options=other)


KINDS: Mapping[str, Callable[[Rng], Kin]] = {
    "title, 2 characters of 5.6 mm": _title,
    "line below the title, 3.2 mm": _part,
    "digit of the year, 3.2 mm": _year,
    "form's number, 2.8 mm": _number,
    "city, 2 characters of 3.9 mm": _city,
    "law's name, 2.8 mm": _law,
    "label replaced": _label,
    "label removed": _label_less,
    "words added to a label, 2.1 mm": _label_more,
    "a row more": _row_more,
    "options replaced": _options,
}
"""What a sheet's own form has otherwise than the registered one, and how it is drawn."""


def filled(form: FormDef, damage: str, rng: Rng) -> PracticeSheet:
    """One sheet of ``form`` as a scanner or a FAX gives it."""
    hands = find_hands(without=MEASURING)
    values, home = answers(form, Office(), rng)
    slips = replace(USUAL, received=0.0)
    dpi = source_dpi(damage)
    hand = hands[int(rng.integers(len(hands)))]
    pages, truth, _ = fill(form, values, home, hand, rng, dpi, slips)
    images, dpis = damaged(pages, damage, rng)
    return PracticeSheet(form.id, tuple(images), dpis, truth, hand.name, damage)


def sheets(
    kinds: Iterable[str], damages: Sequence[str], count: int, seed: int, folder: Path
) -> Iterator[tuple[str, PracticeSheet]]:
    """Sheets of kin, each with its kind of difference; ``count`` of each kind and damage."""
    for kind in kinds:
        for damage in damages:
            for index in range(count):
                key = [seed, list(KINDS).index(kind), DAMAGES.index(damage), index]
                rng = np.random.default_rng(key)
                name = "kin_" + "_".join(str(part) for part in key)
                form = replace(KINDS[kind](rng), name=name).draw(folder)
                yield kind, filled(form, damage, rng)


def outcome(reader: Reader, path: Path) -> str:
    """What becomes of a sheet: ``other_form`` or another of its problems, ``refused``, ``read``
    where nobody is told that it may be another form."""
    for item in reader.read(path):
        if isinstance(item, Refusal):
            return "refused"
        return _worst(item)
    return "nothing"


def _worst(record: Record) -> str:
    codes = [problem.code for problem in record.problems]
    return next((code for code in ("other_form", "stray_ink", *codes) if code in codes), "read")


def main() -> None:
    """Measure, and write the section into docs/benchmarks.md."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=6, help="sheets of each kind and damage")
    options.add_argument("--seed", type=int, default=77)
    options.add_argument("--dry", action="store_true", help="print, but do not write the report")
    given = options.parse_args()
    told: dict[tuple[str, str], list[str]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        head = HEAD.draw(Path(folder))
        reader = Reader({head.id: head}, Office(), ReadingSettings(threads=1), IntakeSettings())
        for kind, sheet in sheets(KINDS, DAMAGES, given.count, given.seed, Path(folder)):
            path = save_practice([sheet], Path(folder))[0]
            told[kind, sheet.damage].append(outcome(reader, path))
            path.unlink()
    body = "\n".join(_table(told))
    if given.dry:
        print(body)
    else:
        write_section("Sheets of forms that are not registered", body, "python -m benchmarks.kin")


def _table(told: Mapping[tuple[str, str], Sequence[str]]) -> list[str]:
    lines = [
        "Sheets that reach a person as another form's (`other_form`), those that do as a note "
        "(`stray_ink`), and those refused, of all:",
        "",
        f"| the sheet's form differs in | {' | '.join(DAMAGES)} |",
        "|---|" + "---|" * len(DAMAGES),
    ]
    for kind in KINDS:
        shares = [_share(told[kind, damage]) for damage in DAMAGES]
        lines.append(f"| {kind} | {' | '.join(shares)} |")
    return lines


def _share(outcomes: Sequence[str]) -> str:
    counts = [outcomes.count(code) for code in ("other_form", "stray_ink", "refused")]
    return f"{' + '.join(str(count) for count in counts)} of {len(outcomes)}"


if __name__ == "__main__":
    main()
