"""Workbooks at random, as offices lay them out and as programs write them: a list with whatever
stands around it, and a package that is spelled in one of the many ways that the standard allows."""

from __future__ import annotations

import datetime as dt
import io
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from openpyxl import Workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"

Parts = dict[str, bytes]
_WORDS = ("受付日", "氏名", "フリガナ", "住所", "電話番号", "金額", "区分", "備考", "担当", "口座")
_LINE = Side(style="thin")
_FRAME = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)


def make(folder: Path, number: int, dice: random.Random) -> Path:
    """One workbook; its name says what was done to its package."""
    book = Workbook()
    if dice.random() < 0.1:
        book.epoch = dt.datetime(1904, 1, 1)  # noqa: DTZ001
    for n in range(dice.randrange(1, 4)):
        sheet = book.worksheets[0] if not n else book.create_sheet()
        sheet.title = dice.choice(("受付簿", "名簿 R8", "Sheet'1", "様式第1号(表)", "A&B")) + str(n)
        _fill(book, sheet, dice)
    if dice.random() < 0.2:
        book.create_sheet("隠し").sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    with zipfile.ZipFile(stream) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    some = dice.sample(sorted(PACKAGES), dice.randrange(0, 4))
    done = [name for name in PACKAGES if name in some]
    for name in done:
        parts = PACKAGES[name](parts, dice)
    path = folder / f"{number:04d} {'+'.join(done) or 'plain'}.xlsx"
    path.write_bytes(_packed(parts, dice))
    return path


def _fill(book: Workbook, sheet: Worksheet, dice: random.Random) -> None:
    """A list somewhere on the sheet, and some of the features."""
    top, left = dice.randrange(1, 12), dice.randrange(1, 4)
    titles = dice.sample(_WORDS, dice.randrange(3, 9))
    count = dice.choice((0, 1, 2, 5, 12, 40))
    wide, high = dice.choice((1, 1, 1, 1, 2)), dice.choice((1, 1, 1, 1, 2))
    if top > 1:
        sheet.cell(1, 1).value = "令和8年度 受付簿"
    for number, title in enumerate(titles):
        column = left + number * wide
        cell = sheet.cell(top, column)
        cell.value = title if dice.random() < 0.8 else "\n".join((title[:2], title[2:]))
        cell.font, cell.border = Font(bold=True), _FRAME
        _merge(sheet, top, column, wide, high)
        for row in range(top + high, top + high + count):
            _put(sheet, row, column, title, dice)
            _merge(sheet, row, column, wide, 1)
    right = get_column_letter(left + len(titles) * wide - 1)
    area = f"{get_column_letter(left)}{top + high - 1}:{right}{top + high - 1 + count}"
    for feature in dice.sample(FEATURES, dice.randrange(0, 6)):
        feature(book, sheet, area, dice)


def _put(sheet: Worksheet, row: int, column: int, title: str, dice: random.Random) -> None:
    cell = sheet.cell(row, column)
    cell.value = _value(title, row, dice)
    cell.border = _FRAME
    if title == "受付日":
        cell.number_format = dice.choice(("yyyy/mm/dd", '[$-411]ggge"年"m"月"d"日"', "m/d"))


def _merge(sheet: Worksheet, row: int, column: int, wide: int, high: int) -> None:
    if wide > 1 or high > 1:
        sheet.merge_cells(
            start_row=row, start_column=column, end_row=row + high - 1, end_column=column + wide - 1
        )


def _value(title: str, row: int, dice: random.Random) -> dt.date | float | str | None:
    if dice.random() < 0.1:
        return None
    if title == "受付日":
        return dt.date(2026, 3, row % 28 + 1)
    if title == "金額":
        return dice.choice((1000 * row, 0.1 * row, f"=ROW()*{row + 1}"))
    return f"{title}{row}"


def _corners(area: str) -> tuple[int, int, int, int]:
    from openpyxl.utils import range_boundaries

    left, top, right, bottom = range_boundaries(area)
    return int(left or 1), int(top or 1), int(right or 1), int(bottom or 1)


Feature = Callable[[Workbook, Worksheet, str, random.Random], None]


def _filter(book: Workbook, sheet: Worksheet, area: str, dice: random.Random) -> None:
    if not sheet.tables:
        sheet.auto_filter.ref = area


def _table(book: Workbook, sheet: Worksheet, area: str, dice: random.Random) -> None:
    left, top, right, bottom = _corners(area)
    plain = all("\n" not in str(sheet.cell(top, c).value) for c in range(left, right + 1))
    if bottom == top or sheet.auto_filter.ref or sheet.merged_cells.ranges or not plain:
        return
    name = f"表{len(book.sheetnames)}_{dice.randrange(10**6)}"
    table = Table(displayName=name, ref=area)
    table.tableStyleInfo = TableStyleInfo(name="TableStyleMedium2", showRowStripes=True)
    sheet.add_table(table)


def _colours(book: Workbook, sheet: Worksheet, area: str, dice: random.Random) -> None:
    left, top, right, bottom = _corners(area)
    column = get_column_letter(dice.randrange(left, right + 1))
    place = f"{column}{top + 1}:{column}{max(bottom, top + 1)}"
    yellow = PatternFill("solid", bgColor="FFFFFF00")
    rule = Rule(
        type=dice.choice(("duplicateValues", "containsBlanks")),
        formula=[f"LEN(TRIM({column}{top + 1}))=0"],
        dxf=DifferentialStyle(fill=yellow),
    )
    sheet.conditional_formatting.add(place, rule)


def _choices(book: Workbook, sheet: Worksheet, area: str, dice: random.Random) -> None:
    left, top, right, bottom = _corners(area)
    column = get_column_letter(dice.randrange(left, right + 1))
    end = dice.choice((max(bottom, top + 1), 1000))
    sheet.add_data_validation(
        DataValidation(type="list", formula1='"済,未"', sqref=f"{column}{top + 1}:{column}{end}")
    )


def _print(book: Workbook, sheet: Worksheet, area: str, dice: random.Random) -> None:
    top = _corners(area)[1]
    sheet.print_area = area
    sheet.print_title_rows = f"{top}:{top}"
    sheet.freeze_panes = f"B{top + 1}"
    sheet.page_setup.orientation = "landscape"


def _outline(book: Workbook, sheet: Worksheet, area: str, dice: random.Random) -> None:
    _, top, _, bottom = _corners(area)
    for row in range(top + 1, bottom):
        sheet.row_dimensions[row].outlineLevel = 1
        sheet.row_dimensions[row].hidden = dice.random() < 0.5
    sheet.column_dimensions.group("P", "T", hidden=True)


def _right_to_left(book: Workbook, sheet: Worksheet, area: str, dice: random.Random) -> None:
    sheet.sheet_view.rightToLeft = True
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.tabColor = "FF00B050"


def _styles(book: Workbook, sheet: Worksheet, area: str, dice: random.Random) -> None:
    left, top, right, bottom = _corners(area)
    for row in range(top + 1, bottom + 1):
        for column in range(left, right + 1):
            cell = sheet.cell(row, column)
            if isinstance(cell, MergedCell):
                continue
            cell.fill = PatternFill("solid", fgColor=f"FF{dice.randrange(1 << 24):06X}")
            cell.font = Font(name="MS 明朝", size=dice.choice((9, 10.5, 11)), strike=row % 7 == 0)
            cell.alignment = Alignment(wrap_text=row % 2 == 0, shrink_to_fit=row % 3 == 0)
            cell.protection = Protection(locked=row % 2 == 0)


def _names(book: Workbook, sheet: Worksheet, area: str, dice: random.Random) -> None:
    title = sheet.title.replace("'", "''")
    name = f"一覧{dice.randrange(10**6)}"
    book.defined_names[name] = DefinedName(name, attr_text=f"'{title}'!$A$1:$C$9")


def _comments(book: Workbook, sheet: Worksheet, area: str, dice: random.Random) -> None:
    left, top, _, _ = _corners(area)
    if isinstance(sheet.cell(top, left), MergedCell):
        return
    sheet.cell(top, left).comment = Comment("注意: 全角で", "情報係", height=60, width=120)
    sheet.cell(top, left).hyperlink = "https://example.jp/?a=1&b=2"


def _chart(book: Workbook, sheet: Worksheet, area: str, dice: random.Random) -> None:
    left, top, _, bottom = _corners(area)
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=left, min_row=top, max_row=bottom))
    sheet.add_chart(chart, "L2")


def _protected(book: Workbook, sheet: Worksheet, area: str, dice: random.Random) -> None:
    sheet.protection.sheet = True
    if dice.random() < 0.5:
        sheet.protection.password = "x"


def _totals(book: Workbook, sheet: Worksheet, area: str, dice: random.Random) -> None:
    left, top, right, bottom = _corners(area)
    if bottom - top < 2 or sheet.tables:
        return
    row = bottom + dice.randrange(1, 20)
    if sheet.merged_cells.ranges:
        return
    sheet.cell(row, left).value = dice.choice(("合計", "計", "件数", "小計(円)"))
    letter = get_column_letter(right)
    sheet.cell(row, right).value = f"=SUM({letter}{top + 1}:{letter}{row - 1})"


def _prepared(book: Workbook, sheet: Worksheet, area: str, dice: random.Random) -> None:
    left, _, right, bottom = _corners(area)
    for row in range(bottom + 1, bottom + 25):
        for column in range(left, right + 1):
            sheet.cell(row, column).border = _FRAME
        sheet.row_dimensions[row].height = 24


def _merged_title(book: Workbook, sheet: Worksheet, area: str, dice: random.Random) -> None:
    left, top, right, _ = _corners(area)
    if top > 3 and not sheet.tables and not sheet.merged_cells.ranges:
        sheet.cell(top - 1, left).value = "申請者"
        sheet.merge_cells(start_row=top - 1, start_column=left, end_row=top - 1, end_column=right)


def _array(book: Workbook, sheet: Worksheet, area: str, dice: random.Random) -> None:
    _, top, right, bottom = _corners(area)
    for row in range(top + 1, bottom + 1):
        place = f"{get_column_letter(right + 1)}{row}"
        sheet[place] = ArrayFormula(place, f"=SUM(A{row}:B{row}*1)")


FEATURES: tuple[Feature, ...] = (
    *(_filter, _table, _colours, _choices, _print, _outline, _right_to_left, _styles, _names),
    *(_comments, _chart, _protected, _totals, _prepared, _merged_title, _array),
)

Change = Callable[[Parts, random.Random], Parts]


def _sheets(parts: Parts) -> list[str]:
    return [name for name in parts if re.search(r"sheets/[^/]*\.xml$", name)]


def _in_sheets(change: Callable[[str], str]) -> Change:
    def changed(parts: Parts, dice: random.Random) -> Parts:
        made = dict(parts)
        for name in _sheets(parts):
            if parts[name][:2] not in (b"\xff\xfe", b"\xfe\xff"):
                made[name] = change(parts[name].decode("utf-8")).encode()
        return made

    return changed


def _prefixed(parts: Parts, dice: random.Random) -> Parts:
    prefix = dice.choice(("x", "main", "ns0x"))
    ElementTree.register_namespace(prefix, MAIN)
    made = {
        name: ElementTree.tostring(ElementTree.fromstring(data), "utf-8", xml_declaration=True)
        if MAIN.encode() in data and name.endswith(".xml") and b"mc:" not in data
        else data
        for name, data in parts.items()
    }
    ElementTree.register_namespace("", MAIN)
    return made


def _strict(parts: Parts, dice: random.Random) -> Parts:
    return {
        name: data.replace(MAIN.encode(), STRICT.encode()).replace(
            OFFICE.encode(), STRICT_OFFICE.encode()
        )
        if name.endswith((".xml", ".rels"))
        else data
        for name, data in parts.items()
    }


def _recoded(parts: Parts, dice: random.Random) -> Parts:
    name = dice.choice([n for n in parts if n.endswith((".xml", ".rels"))])
    codec, mark = dice.choice(
        (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"), ("utf-8", b"\xef\xbb\xbf"))
    )
    if parts[name][:2] in (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb"):
        return parts
    body = re.sub(r"^<\?xml[^>]*\?>", "", parts[name].decode("utf-8"))
    head = f'<?xml version="1.0" encoding="{codec[:6].rstrip("-")}" standalone="yes"?>'
    return {**parts, name: mark + (head + body).encode(codec)}


def _without(parts: Parts, dice: random.Random) -> Parts:
    """Optional parts and elements left out, with what refers to them."""
    gone = dice.choice(("xl/theme/theme1.xml", "docProps/app.xml", "docProps/core.xml"))
    made = {name: data for name, data in parts.items() if name != gone}
    base = gone.rpartition("/")[2].encode()
    for name in ("_rels/.rels", "xl/_rels/workbook.xml.rels"):
        if made[name][:1] == b"<":
            made[name] = re.sub(rb"<Relationship [^>]*" + base + rb'"[^>]*/>', b"", made[name])
    types = "[Content_Types].xml"
    made[types] = re.sub(rb"<Override [^>]*" + base + rb'"[^>]*/>', b"", made[types])
    return made


def _renamed(parts: Parts, dice: random.Random) -> Parts:
    """Names in other letters than the relationships have them."""
    way = dice.choice((str.upper, str.title, lambda name: name.replace("/", "\\")))
    return {(way(n) if n.startswith("xl/worksheets/sheet") else n): d for n, d in parts.items()}


def _relative(parts: Parts, dice: random.Random) -> Parts:
    name = "xl/_rels/workbook.xml.rels"
    made = parts[name].replace(b'"/xl/', dice.choice((b'"', b'"../xl/', b'"./', b'"/XL/')))
    return {**parts, name: made}


def _loose(text: str) -> str:
    """Blanks, quotes and line ends where XML allows them."""
    text = re.sub(r'<c r="([A-Z]+\d+)"', r"<c\r\n   r='\1'", text)
    return text.replace("</row>", "</row>\r\n<!-- row > -->").replace("<sheetData>", "<sheetData >")


def _without_places(text: str) -> str:
    """Cells that do not say where they are, in rows that have no gaps."""

    def bare(row: re.Match[str]) -> str:
        places = re.findall(r'<c r="([A-Z]+)\d+"', row[0])
        expected = [get_column_letter(n) for n in range(1, len(places) + 1)]
        return re.sub(r'<c r="[A-Z]+\d+"', "<c", row[0]) if places == expected else row[0]

    return re.sub(r"<row .*?</row>", bare, text, flags=re.DOTALL)


def _stringy(text: str) -> str:
    """Texts as results of formulas and as ISO dates have them."""
    return re.sub(
        r't="inlineStr"><is><t>([^<]*)</t></is>', r't="str"><v>\1</v>', text, count=3
    ).replace("<v />", "<v></v>")


def _extended(text: str) -> str:
    """What Excel adds to sheets since 2010, in its own namespaces."""
    x14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
    x14ac = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    xm = "http://schemas.microsoft.com/office/excel/2006/main"
    space = f' xmlns:mc="{mc}" mc:Ignorable="x14ac" xmlns:x14ac="{x14ac}">'
    text = re.sub(r"(<worksheet [^>]*)>", rf"\1{space}", text, count=1)
    text = text.replace("<row ", '<row x14ac:dyDescent="0.15" ')
    ext = (
        f'<extLst><ext uri="{{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}}" xmlns:x14="{x14}">'
        f'<x14:dataValidations count="1" xmlns:xm="{xm}"><x14:dataValidation type="list">'
        "<x14:formula1><xm:f>$Z$1:$Z$9</xm:f></x14:formula1><xm:sqref>A2:A1000</xm:sqref>"
        "</x14:dataValidation></x14:dataValidations></ext></extLst>"
    )
    ending = text.rindex("</worksheet>")
    start = text.find("<tableParts")
    ending = ending if start < 0 else text.index("</tableParts>") + len("</tableParts>")
    return text[:ending] + ext + text[ending:]


def _shared(parts: Parts, dice: random.Random) -> Parts:
    """Texts in a shared table with furigana, runs, and items that are empty or never used."""
    strings = "xl/sharedStrings.xml"
    if strings not in parts or parts[strings][:1] != b"<":
        return parts
    text = parts[strings].decode("utf-8")
    kana = '<rPh sb="0" eb="1"><t>カナ</t></rPh><phoneticPr fontId="0" type="noConversion"/></si>'
    text = text.replace("</si>", kana, 3).replace("</sst>", "<si/><si><t/></si></sst>")
    return {**parts, strings: text.encode()}


def _commented(parts: Parts, dice: random.Random) -> Parts:
    """Instructions and comments in front of and behind the root."""
    made = dict(parts)
    for name in ("xl/workbook.xml", "xl/styles.xml", *_sheets(parts)):
        if parts[name][:5] == b"<?xml":
            head, _, body = parts[name].partition(b"?>")
            made[name] = head + b"?>\n<!-- <x> --><?m a>b?>" + body + b"\n<!-- end -->\n"
    return made


def _no_calculation(parts: Parts, dice: random.Random) -> Parts:
    name = "xl/workbook.xml"
    return {**parts, name: re.sub(rb"<(\w+:)?calcPr[^>]*/>", b"", parts[name])}


PACKAGES: dict[str, Change] = {
    "extended": _in_sheets(_extended),
    "stringy": _in_sheets(_stringy),
    "shared": _shared,
    "no places": _in_sheets(_without_places),
    "loose": _in_sheets(_loose),
    "no calculation": _no_calculation,
    "without": _without,
    "relative": _relative,
    "strict": _strict,
    "prefixed": _prefixed,
    "commented": _commented,
    "recoded": _recoded,
    "renamed": _renamed,
}
"""What is done to a package, in the order in which it can be done."""


def _packed(parts: Parts, dice: random.Random) -> bytes:
    """As a zip file: packed or stored, with entries for folders, 64-bit fields or a comment."""
    stream = io.BytesIO()
    way = dice.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))
    names = list(parts)
    if dice.random() < 0.3:
        dice.shuffle(names)
    with zipfile.ZipFile(stream, "w", way) as archive:
        if dice.random() < 0.2:
            archive.writestr(zipfile.ZipInfo("xl/"), b"")
        for name in names:
            info = zipfile.ZipInfo(name, (2026, 4, 1, 9, 0, 0))
            info.compress_type = way
            with archive.open(info, "w", force_zip64=dice.random() < 0.1) as entry:
                entry.write(parts[name])
        if dice.random() < 0.1:
            archive.comment = b"office"
    return stream.getvalue()
