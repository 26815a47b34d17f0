"""``torikomi form …``: for the person who adds a form: draw it, practise it, check how well it is
read."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.commands.reading import read_files
from flows.composition import open_site
from flows.console import JapaneseGroup, say, site_option
from flows.definitions import Definitions
from flows.officelines import missing_evidence
from flows.readers import SheetReader
from flows.scoring import Miss, Score, difference, lines, load_truth, score_file
from records.errors import DefinitionError
from records.forms import FormDef
from records.types import Box, Record

if TYPE_CHECKING:
    from PIL import ImageDraw

_SHOWN = 20
_SILENT = "#707070"
_COLOURS = ("#c00000", "#0050c0", "#008030", "#a06000", "#7000a0")


@click.group(cls=JapaneseGroup)
def form() -> None:
    """様式を図で確かめ、練習用紙を作り、どれだけ正しく読めるかを確かめます。"""


@form.command("show", short_help="白紙に項目の場所を描いた図を作ります")
@click.argument("id", metavar="様式ID")
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    default=None,
    metavar="ファイル",
    help="図のファイル(省略時は様式ID.png)",
)
@site_option
def show_form(id: str, to: Path | None, site: Path) -> None:
    """白紙にすべての項目の場所を描いた図を作り、番号と項目名の対応を表示します。"""
    made = _form(open_site(site).definitions, id)
    target = to or Path(f"{id}.png")
    for path in draw_form(made, target):
        click.echo(f"図を書きました: {path}")
    _warn(made)
    for number, field in enumerate(made.fields.values(), 1):
        down = "、縦書き" if field.vertical else ""
        told = f"{field.name}、{field.kind}、{field.page}ページ{down}"
        click.echo(f"{number:4d}  {field.title}  ({told})")
    for number, silent in enumerate(made.silent, 1):
        title = f"{silent.reason}  (書き込みを数えない場所、{silent.page}ページ)"
        shown = f"S{number}"
        click.echo(f"{shown:>4}  {title}")


@form.command("practice", short_help="架空の人の手書きで練習用紙を作ります")
@click.argument("id", metavar="様式ID")
@click.option("--count", type=int, default=20, metavar="枚数", show_default=True, help="作る枚数")
@click.option("--fax", is_flag=True, help="FAXで届いたように傷めます")
@click.option(
    "--seed",
    type=int,
    default=None,
    metavar="数",
    help="同じ数なら同じ用紙になります(省略時は毎回別)",
)
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    default=None,
    metavar="フォルダー",
    help="置き場所(省略時は様式の practice)",
)
@site_option
def practice(id: str, count: int, fax: bool, seed: int | None, to: Path | None, site: Path) -> None:
    """白紙に架空の人の手書きを書き込み、スキャナーやFAXのように傷めて、正解と一緒に置きます。"""
    definitions = open_site(site).definitions
    made = _form(definitions, id)
    folder = to or made.folder / "practice"
    if seed is None:
        seed = secrets.randbelow(1_000_000)
    paths = make_practice(definitions, made, count, seed, fax, folder)
    click.echo(f"練習用紙を {len(paths)} 枚作りました: {folder}(種 {seed})")
    click.echo(f"読み取りの確かめ: torikomi form check {id} --site {site}")


@form.command("check", short_help="練習用紙と見本を読み、正解と比べます")
@click.argument("id", metavar="様式ID")
@click.option(
    "--count",
    type=int,
    default=20,
    metavar="枚数",
    show_default=True,
    help="正解つきの用紙が一枚もないときに作る練習用紙の枚数(スキャンとFAXで半分ずつ)",
)
@site_option
def check(id: str, count: int, site: Path) -> int:
    """様式の samples と practice にある用紙を読み、項目ごとに正解と比べます。"""
    office = open_site(site)
    definitions = office.definitions
    made = _form(definitions, id)
    for line in missing_evidence(definitions.site.office, definitions.site.folder):
        say(line)
    reader = office.reader
    if definitions.site.reading.reader == "ocr":
        _warn(made)
    found = truth_files(made)
    if found:
        score, misses = check_files(reader, found)
    else:
        click.echo(f"正解つきの用紙がないので、練習用紙を {count} 枚作って読みます。")
        with tempfile.TemporaryDirectory() as place:
            half = count // 2
            folder = Path(place)
            make_practice(definitions, made, count - half, 1, False, folder / "scan")
            make_practice(definitions, made, half, 2, True, folder / "fax")
            truths = sorted(folder.rglob("*.json"))
            score, misses = check_files(reader, truths)
    for line in (
        *lines(score),
        *_kinds(made, misses),
        f"目標は誤り {made.wrong_per_unseen:.2%} 以下です。",
    ):
        click.echo(line)
    return 0


def _warn(made: FormDef) -> None:
    """Say what about a form's blanks a person should know.

    Raises:
        DefinitionError: a blank cannot be read.
    """
    from ocr.place.blank import load_blanks
    from ocr.place.blank_check import blank_warnings

    load_blanks(made)
    for line in blank_warnings(made):
        click.echo(f"注意: {line}")


def make_practice(
    definitions: Definitions,
    made: FormDef,
    count: int,
    seed: int,
    fax: bool,
    folder: Path,
) -> list[Path]:
    """Write ``count`` practice sheets with their truth into ``folder``.

    Raises:
        ServiceError: no handwriting font is installed.
        DocumentError: the form has no blank.
    """
    from ocr.practice import practice_sheets
    from ocr.practice.damage import DAMAGES, FAXES
    from ocr.practice.hands import find_hands
    from ocr.practice.write import save_practice

    scans = tuple(name for name in DAMAGES if name not in FAXES)
    damages = FAXES if fax else scans
    office = definitions.site.office
    sheets = practice_sheets(made, office, count, seed, find_hands(), damages)
    return save_practice(sheets, folder)


def truth_files(made: FormDef) -> list[Path]:
    """Truth files beside the form's samples and practice sheets."""
    found: list[Path] = []
    for name in ("samples", "practice"):
        truths = (made.folder / name).rglob("*.json")
        found += [path for path in truths if path.with_suffix("").is_file()]
    return sorted(found)


def check_files(reader: SheetReader, truths: list[Path]) -> tuple[Score, list[Miss]]:
    """Read the file beside each truth file and compare."""
    found: dict[Path, list[Record]] = {truth: [] for truth in truths}
    files = [truth.with_suffix("") for truth in truths]
    for path, record in read_files(reader, files):
        if record is not None:
            truth = path.with_name(f"{path.name}.json")
            found[truth].append(record)
    score = Score()
    misses: list[Miss] = []
    for truth, records in found.items():
        made, missed = score_file(load_truth(truth), records)
        score = score.plus(made)
        misses = misses + missed
    return score, misses


def draw_form(made: FormDef, to: Path) -> list[Path]:
    """The blank pages with every place of every field drawn and numbered, silent places hatched; one
    picture a page.

    Raises:
        DefinitionError: the form has no blank, or it cannot be read.
    """
    from PIL import Image, ImageDraw

    from ocr.place.blank import CANVAS_DPI, load_blanks

    blanks = load_blanks(made)
    if not blanks:
        raise DefinitionError(
            "白紙がありません。[[page]] に blank を書いてください",
            path=made.folder / "form.toml",
            key="blank",
        )
    paths = []
    for blank in blanks:
        picture = Image.fromarray(blank.image).convert("RGB")
        pen = ImageDraw.Draw(picture)
        for number, field in enumerate(made.fields.values(), 1):
            if field.page == blank.page:
                for box in _places(made, field.name):
                    _frame(pen, box, CANVAS_DPI / 25.4, number)
                    if field.vertical:
                        _arrow(pen, box, CANVAS_DPI / 25.4, number)
        for number, silent in enumerate(made.silent, 1):
            if silent.page == blank.page:
                _hatch(pen, silent.box, CANVAS_DPI / 25.4, number)
        path = to
        if len(blanks) > 1:
            path = to.with_stem(f"{to.stem}_{blank.page}")
        picture.save(path)
        paths.append(path)
    return paths


def _places(made: FormDef, name: str) -> Iterator[Box]:
    """Every box of a field: its own, its parts', options' and the era's."""
    field = made.fields[name]
    parts = list(field.parts.values())
    if field.place:
        parts.insert(0, field.place)
    for part in parts:
        yield from (
            *([part.box] if part.box else []),
            *(c.box for c in part.cells),
            *part.options.values(),
        )
    if field.era:
        yield from field.era.circle.values()
        if field.era.box:
            yield field.era.box


def _frame(pen: ImageDraw.ImageDraw, box: Box, scale: float, number: int) -> None:
    colour = _COLOURS[number % len(_COLOURS)]
    left = box.x * scale
    top = box.y * scale
    corners = (left, top, box.right * scale, box.bottom * scale)
    pen.rectangle(corners, outline=colour, width=2)
    pen.text((left + 2, top + 1), str(number), fill=colour, font_size=14)


def _arrow(pen: ImageDraw.ImageDraw, box: Box, scale: float, number: int) -> None:
    """An arrow from top to bottom: what is written here is read downwards."""
    colour = _COLOURS[number % len(_COLOURS)]
    x = (box.x + box.width / 2) * scale
    top = (box.y + min(4.0, box.height / 3)) * scale
    bottom = (box.bottom - 1) * scale
    wing = bottom - 10
    pen.line((x, top, x, bottom), fill=colour, width=2)
    pen.polygon([(x - 6, wing), (x + 6, wing), (x, bottom)], fill=colour)


def _hatch(pen: ImageDraw.ImageDraw, box: Box, scale: float, number: int) -> None:
    """A silent place: hatched in gray, with an S before its number."""
    left = box.x * scale
    top = box.y * scale
    right = box.right * scale
    bottom = box.bottom * scale
    high = bottom - top
    lines = int((right - left + high) / (3.0 * scale))
    for step in range(lines + 1):
        start = left - high + step * 3.0 * scale
        enters = max(left - start, 0.0)
        leaves = min(high, right - start)
        if leaves > enters:
            ends = (start + enters, top + enters, start + leaves, top + leaves)
            pen.line(ends, fill=_SILENT, width=1)
    pen.rectangle((left, top, right, bottom), outline=_SILENT, width=2)
    pen.text((left + 2, top + 1), f"S{number}", fill=_SILENT, font_size=14)


def _kinds(made: FormDef, misses: list[Miss]) -> Iterator[str]:
    """What was read wrong, the unseen ones first."""
    if misses:
        yield f"読み違えた項目({len(misses)}、はじめの {_SHOWN}):"
    for miss in sorted(misses, key=lambda m: not m.unseen)[:_SHOWN]:
        field = made.fields.get(miss.field)
        title = miss.field
        kind = ""
        if field is not None:
            title = field.title
            kind = field.kind
        mark = "★目視不要 " if miss.unseen else ""
        yield f"  {mark}{title}: {difference(miss, kind)}"


def _form(definitions: Definitions, id: str) -> FormDef:
    if id in definitions.broken:
        raise definitions.broken[id]
    if id not in definitions.forms:
        raise DefinitionError(
            f"様式「{id}」はありません", key="id", allowed=tuple(definitions.forms)
        )
    return definitions.forms[id]
