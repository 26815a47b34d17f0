"""Workbooks as offices and other programs make them: one ledger, dressed in everything that a row
must leave alone."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree

from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Border, PatternFill, Side
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table

TITLES = ("受付日", "氏名", "口座番号", "金額")
FIRST_NEW = 7
"""The first row below the two that the office wrote itself."""

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "xl/worksheets/sheet1.xml"
BOOK = "xl/workbook.xml"
BOOK_RELS = "xl/_rels/workbook.xml.rels"
TYPES = "[Content_Types].xml"
STRINGS = "xl/sharedStrings.xml"

Parts = dict[str, bytes]
Change = Callable[[Parts], Parts]


def plain(change: Callable[[Workbook], None] | None = None) -> Parts:
    """The ledger: a title, a header in row 4, two rows of the office's own, a sheet that counts."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "令和8年度"
    sheet["A1"] = "児童手当 受付簿"
    line = Side(style="thin")
    for column, title in enumerate(("No.", *TITLES, "判定", "備考"), 1):
        sheet.cell(4, column).value = title
    for n in (1, 2):
        values = (n, dt.date(2026, 3, n), f"手書き{n}", f"{n:07d}", 500 * n, f"=IF(E{4 + n}>0,1,0)")
        written: tuple[Any, ...] = (*values, f"備考{n}")
        for column, value in enumerate(written, 1):
            cell = sheet.cell(4 + n, column)
            cell.value = value
            cell.border = Border(left=line, right=line, top=line, bottom=line)
        sheet.cell(4 + n, 2).number_format = "yyyy/mm/dd"
    book.create_sheet("集計")["A1"] = "=COUNTA('令和8年度'!C5:C1000)"
    if change is not None:
        change(book)
    return _parts_of(book)


def _parts_of(book: Workbook) -> Parts:
    memory = io.BytesIO()
    book.save(memory)
    with zipfile.ZipFile(memory) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Mapping[str, bytes], **options: Any) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", options.pop("compression", zipfile.ZIP_DEFLATED)) as archive:
        for name, data in parts.items():
            with archive.open(zipfile.ZipInfo(name), "w", **options) as stream:
                stream.write(data)
    return memory.getvalue()


class _OneWay(io.RawIOBase):
    """A stream that cannot go back, so that sizes stand behind the data."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.data += data
        return len(data)


def streamed(parts: Mapping[str, bytes]) -> bytes:
    stream = _OneWay()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return bytes(stream.data)


def replaced(part: str, *changes: tuple[str, str]) -> Change:
    """A part with texts changed, each of which must be there."""

    def change(parts: Parts) -> Parts:
        text = parts[part].decode()
        for old, new in changes:
            assert old in text, (part, old)
            text = text.replace(old, new)
        return {**parts, part: text.encode()}

    return change


def with_parts(kind: str, **added: bytes) -> Change:
    """More parts, each related to the sheet; ``__`` in a name stands for a slash, ``_`` before the
    ending for a dot."""

    def change(parts: Parts) -> Parts:
        names = {name.replace("__", "/").replace("_DOT_", "."): d for name, d in added.items()}
        rels = "xl/worksheets/_rels/sheet1.xml.rels"
        lines = "".join(
            f'<Relationship Id="rX{n}" Type="{OFFICE}/{kind}" Target="/{name}"/>'
            for n, name in enumerate(names)
        )
        xml = (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f"{lines}</Relationships>"
        )
        endings = {name.rpartition(".")[2] for name in names} - {"xml", "rels"}
        defaults = "".join(
            f'<Default Extension="{ending}" ContentType="application/octet-stream"/>'
            for ending in sorted(endings)
        )
        types = parts[TYPES].decode()
        place = types.index(">", types.index("<Types")) + 1
        types = types[:place] + defaults + types[place:]
        return {**parts, **names, rels: xml.encode(), TYPES: types.encode()}

    return change


def prefixed(parts: Parts) -> Parts:
    """Every SpreadsheetML part as ClosedXML writes it: ``<x:worksheet>``."""
    ElementTree.register_namespace("x", MAIN)
    made = {
        name: ElementTree.tostring(ElementTree.fromstring(data), "utf-8", xml_declaration=True)
        if MAIN.encode() in data and name.endswith(".xml")
        else data
        for name, data in parts.items()
    }
    ElementTree.register_namespace("", MAIN)
    return made


def strict(parts: Parts) -> Parts:
    """Excel's "Strict Open XML ブック"."""
    return {
        name: data.replace(MAIN.encode(), STRICT.encode()).replace(
            OFFICE.encode(), b"http://purl.oclc.org/ooxml/officeDocument/relationships"
        )
        if name.endswith((".xml", ".rels"))
        else data
        for name, data in parts.items()
    }


def in_encoding(part: str, encoding: str, mark: bytes = b"") -> Change:
    def change(parts: Parts) -> Parts:
        text = parts[part].decode()
        body = text
        if text.startswith("<?xml"):
            body = text[text.index("?>") + 2 :]
        name = encoding.split("-le")[0].split("-be")[0]
        made = f'<?xml version="1.0" encoding="{name}"?>{body}'
        return {**parts, part: mark + made.encode(encoding)}

    return change


def renamed(old: str, new: str) -> Change:
    """A part under another spelling than its relationship has."""

    def change(parts: Parts) -> Parts:
        return {(new if name == old else name): data for name, data in parts.items()}

    return change


def without(*names: str) -> Change:
    return lambda parts: {name: data for name, data in parts.items() if name not in names}


def without_places(parts: Parts) -> Parts:
    """Rows and cells that do not say where they are, as some writers leave it; rows 2 and 3 are
    there, empty."""
    root = ElementTree.fromstring(parts[SHEET])
    data = root.find(f"{{{MAIN}}}sheetData")
    assert data is not None
    rows = {int(row.attrib["r"]): row for row in data}
    for row in rows.values():
        row.attrib.pop("r")
        for cell in row:
            cell.attrib.pop("r")
    for child in list(data):
        data.remove(child)
    for number in range(1, max(rows) + 1):
        data.append(rows.get(number, ElementTree.Element(f"{{{MAIN}}}row")))
    ElementTree.register_namespace("", MAIN)
    return {**parts, SHEET: ElementTree.tostring(root, "utf-8", xml_declaration=True)}


def with_shared_strings(parts: Parts) -> Parts:
    """Texts in the shared table, two of them with furigana, one in two colours, and a cell that
    shows its furigana."""
    root = ElementTree.fromstring(parts[SHEET])
    items: list[str] = []
    for cell in root.iter(f"{{{MAIN}}}c"):
        text = cell.find(f"{{{MAIN}}}is/{{{MAIN}}}t")
        if text is None:
            continue
        said = text.text or ""
        kana = '<rPh sb="0" eb="2"><t>テガキ</t></rPh><phoneticPr fontId="0"/>'
        if said == "備考1":
            items.append("<si><r><rPr><b/></rPr><t>備</t></r><r><t>考1</t></r></si>")
        else:
            items.append(f"<si><t>{said}</t>{kana if said.startswith('手書き') else ''}</si>")
        for child in list(cell):
            cell.remove(child)
        cell.attrib |= {"t": "s"} | ({"ph": "1"} if said == "手書き2" else {})
        ElementTree.SubElement(cell, f"{{{MAIN}}}v").text = str(len(items) - 1)
    ElementTree.register_namespace("", MAIN)
    strings = f'<sst xmlns="{MAIN}" count="{len(items)}">{"".join(items)}</sst>'
    made = {
        **parts,
        SHEET: ElementTree.tostring(root, "utf-8", xml_declaration=True),
        STRINGS: strings.encode(),
    }
    if "sharedStrings" in parts[BOOK_RELS].decode():
        return made
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    return then(
        replaced(
            BOOK_RELS,
            (
                "</Relationships>",
                f'<Relationship Id="rS" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
                "</Relationships>",
            ),
        ),
        replaced(
            TYPES,
            ("</Types>", f'<Override PartName="/{STRINGS}" ContentType="{kind}"/></Types>'),
        ),
    )(made)


def then(*changes: Change) -> Change:
    def change(parts: Parts) -> Parts:
        for one in changes:
            parts = one(parts)
        return parts

    return change


def sheet_end(xml: str) -> Change:
    """Something at the end of the sheet."""
    return replaced(SHEET, ("</worksheet>", f"{xml}</worksheet>"))


X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
XM = "http://schemas.microsoft.com/office/excel/2006/main"
EXTENSIONS = (
    f'<extLst><ext uri="{{78C0D931-6437-407D-A8EE-F0AAD7539E65}}" xmlns:x14="{X14}">'
    f'<x14:conditionalFormattings><x14:conditionalFormatting xmlns:xm="{XM}"><x14:cfRule '
    'type="dataBar" id="{A}"><x14:dataBar><x14:cfvo type="autoMin"/><x14:cfvo type="autoMax"/>'
    "</x14:dataBar></x14:cfRule><xm:sqref>E5:E6</xm:sqref></x14:conditionalFormatting>"
    "</x14:conditionalFormattings></ext>"
    f'<ext uri="{{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}}" xmlns:x14="{X14}">'
    f'<x14:dataValidations count="1" xmlns:xm="{XM}"><x14:dataValidation type="list">'
    "<x14:formula1><xm:f>集計!$A$1:$A$9</xm:f></x14:formula1><xm:sqref>G5:G6</xm:sqref>"
    "</x14:dataValidation></x14:dataValidations></ext>"
    f'<ext uri="{{05C60535-1F16-4FD2-B633-F4F36F0B64E0}}" xmlns:x14="{X14}">'
    f'<x14:sparklineGroups xmlns:xm="{XM}"><x14:sparklineGroup><x14:sparklines><x14:sparkline>'
    "<xm:f>令和8年度!E5:E6</xm:f><xm:sqref>I4</xm:sqref></x14:sparkline></x14:sparklines>"
    "</x14:sparklineGroup></x14:sparklineGroups></ext></extLst>"
)
CONTROL = (
    '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
    '<mc:Choice Requires="x14"><controls/></mc:Choice><mc:Fallback/></mc:AlternateContent>'
)
SHARED = (
    '<c r="F5" s="1"><f t="shared" ref="F5:F6" si="0">IF(E5&gt;0,1,0)</f><v>1</v></c>',
    '<c r="F6" s="1"><f t="shared" si="0"/><v>1</v></c>',
)


def _grown(book: Workbook) -> None:
    sheet = book.worksheets[0]
    sheet.auto_filter.ref = "A4:G6"
    yellow = PatternFill("solid", bgColor="FFFFFF00")
    rule = CellIsRule("greaterThan", ["1500"], fill=yellow)  # type: ignore[no-untyped-call]
    sheet.conditional_formatting.add("E5:E6", rule)
    sheet.add_data_validation(DataValidation(type="list", formula1='"済,未"', sqref="G5:G6"))
    sheet.print_area = "A1:G6"
    sheet.print_title_rows = "4:4"
    sheet.freeze_panes = "A5"
    book.defined_names["一覧"] = DefinedName("一覧", attr_text="'令和8年度'!$A$4:$G$6")


def _table(book: Workbook) -> None:
    sheet = book.worksheets[0]
    sheet.add_table(Table(displayName="受付簿", ref="A4:G6", id=1))


def _prepared(book: Workbook) -> None:
    sheet = book.worksheets[0]
    line = Side(style="thin")
    for number in range(7, 30):
        sheet.cell(number, 1).value = number - 4
        sheet.cell(number, 6).value = "□"
        sheet.cell(number, 7).value = False if number % 2 else "㊞"
        for column in range(1, 8):
            sheet.cell(number, column).border = Border(left=line, right=line, bottom=line)
    sheet["C30"], sheet["E30"] = "合計(円)", "=SUM(E5:E29)"


def _unlabelled_sum(book: Workbook) -> None:
    book.worksheets[0]["E30"] = "=SUM(E5:E29)"


def _notes(book: Workbook) -> None:
    sheet = book.worksheets[0]
    sheet["A30"] = "(注) 口座は本人名義に限る"
    sheet.merge_cells("A30:G30")


def _merged(book: Workbook) -> None:
    sheet = book.worksheets[0]
    sheet["H4"] = "連絡先"
    for number in (4, 5, 6):
        sheet.merge_cells(f"H{number}:I{number}")


def _array(book: Workbook) -> None:
    sheet = book.worksheets[0]
    for number in (5, 6):
        sheet[f"F{number}"] = ArrayFormula(f"F{number}", f"=SUM(E{number}*2)")


def _outlined(book: Workbook) -> None:
    sheet = book.worksheets[0]
    sheet.row_dimensions[5].hidden = True
    sheet.row_dimensions[6].outlineLevel = 1
    sheet.column_dimensions.group("J", "L", hidden=True)


def _hidden_sheets(book: Workbook) -> None:
    book.create_sheet("様式").sheet_state = "hidden"
    book.create_sheet("設定").sheet_state = "veryHidden"


def _odd_numbers(book: Workbook) -> None:
    sheet = book.worksheets[0]
    sheet["E5"], sheet["E6"] = 20260401, 0.1 + 0.2
    sheet["E5"].number_format = "yyyy/mm/dd"


def _protected(book: Workbook) -> None:
    book.worksheets[0].protection.sheet = True
    book.worksheets[0].protection.password = "x"


def _macros(parts: Parts) -> Parts:
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    types = (
        parts[TYPES].decode().replace(main, "application/vnd.ms-excel.sheet.macroEnabled.main+xml")
    )
    return {**parts, TYPES: types.encode()}


_CHAIN = f'<calcChain xmlns="{MAIN}"><c r="F5" i="1"/><c r="F6"/><c r="A1" i="2"/></calcChain>'
_CHAIN_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"

SAME: Change = lambda parts: parts  # noqa: E731
WORKBOOKS: dict[str, tuple[Callable[[Workbook], None] | None, Change]] = {
    "as openpyxl writes it": (None, SAME),
    "no calcPr": (None, replaced(BOOK, ('<calcPr calcId="124519" fullCalcOnLoad="1" />', ""))),
    "prefixed names": (None, prefixed),
    "prefixed names and all that grows": (_grown, prefixed),
    "strict": (None, strict),
    "strict and all that grows": (_grown, strict),
    "sheet in UTF-16": (None, in_encoding(SHEET, "utf-16-le", b"\xff\xfe")),
    "workbook in UTF-16": (None, in_encoding(BOOK, "utf-16-be", b"\xfe\xff")),
    "sheet in Latin letters": (
        None,
        lambda parts: {
            **parts,
            SHEET: b'<?xml version="1.0" encoding="iso-8859-1"?>'
            + parts[SHEET].decode().encode("iso-8859-1", "xmlcharrefreplace"),
        },
    ),
    "byte order mark": (
        None,
        lambda parts: {**parts, SHEET: b"\xef\xbb\xbf" + parts[SHEET]},
    ),
    "raw CRLF": (None, replaced(SHEET, ("<row", "\r\n  <row"), ("手書き1", "手書き\r\n1"))),
    "comments and instructions": (
        None,
        replaced(
            SHEET,
            ("<sheetData>", "<!-- <row r='1'> --><sheetData><?x <c> ?>"),
            ("</row>", "<!-- > --></row>"),
        ),
    ),
    "no places": (None, without_places),
    "no dimension": (None, replaced(SHEET, ('<dimension ref="A1:G6" />', ""))),
    "furigana and rich text": (None, with_shared_strings),
    "part names in capitals": (None, renamed(SHEET, "xl/Worksheets/SHEET1.XML")),
    "relative targets": (
        None,
        replaced(BOOK_RELS, ("/xl/worksheets/", "../xl/./worksheets/")),
    ),
    "backward slashes": (
        None,
        lambda parts: {name.replace("/", "\\"): data for name, data in parts.items()},
    ),
    "drop-downs, data bars, sparklines": (None, sheet_end(EXTENSIONS)),
    "all that grows": (_grown, SAME),
    "table": (_table, SAME),
    "prefixed table": (_table, prefixed),
    "prepared rows and a total": (_prepared, SAME),
    "unlabelled sum": (_unlabelled_sum, SAME),
    "notes": (_notes, SAME),
    "merged across": (_merged, SAME),
    "array formulas": (_array, SAME),
    "hidden and outlined rows": (_outlined, SAME),
    "hidden sheets": (_hidden_sheets, SAME),
    "odd numbers": (_odd_numbers, SAME),
    "protected": (_protected, SAME),
    "from 1904": (None, replaced(BOOK, ("<workbookPr ", '<workbookPr date1904="1" '))),
    "shared formulas": (
        None,
        lambda parts: {
            **parts,
            SHEET: parts[SHEET]
            .replace(b'<c r="F5" s="1"><f>IF(E5&gt;0,1,0)</f><v /></c>', SHARED[0].encode())
            .replace(b'<c r="F6" s="1"><f>IF(E6&gt;0,1,0)</f><v /></c>', SHARED[1].encode()),
        },
    ),
    "calculation chain": (
        None,
        then(
            lambda parts: {**parts, "xl/calcChain.xml": _CHAIN.encode()},
            replaced(
                BOOK_RELS,
                (
                    "</Relationships>",
                    f'<Relationship Id="rC" Type="{OFFICE}/calcChain" Target="calcChain.xml"/>'
                    "</Relationships>",
                ),
            ),
            replaced(
                TYPES,
                (
                    "</Types>",
                    f'<Override PartName="/xl/calcChain.xml" ContentType="{_CHAIN_TYPE}"/></Types>',
                ),
            ),
        ),
    ),
    "pictures of all kinds": (
        None,
        with_parts(
            "image",
            xl__media__image1_DOT_webp=b"RIFF\0\0\0\0WEBP",
            xl__media__image2_DOT_wmf=b"\xd7\xcd\xc6\x9a",
            xl__media__image3_DOT_emf=b"\x01\0\0\0",
        ),
    ),
    "objects and controls": (
        None,
        then(
            with_parts(
                "oleObject",
                xl__embeddings__oleObject1_DOT_bin=b"\xd0\xcf\x11\xe0",
                xl__activeX__activeX1_DOT_bin=b"\x01",
                xl__ctrlProps__ctrlProp1_DOT_xml=b"<formControlPr/>",
            ),
            sheet_end(CONTROL),
        ),
    ),
    "threaded comments": (
        None,
        with_parts(
            "threadedComment",
            xl__threadedComments__threadedComment1_DOT_xml=b"<ThreadedComments/>",
            xl__persons__person_DOT_xml=b"<personList/>",
        ),
    ),
    "slicers and timelines": (
        None,
        with_parts(
            "slicer",
            xl__slicers__slicer1_DOT_xml=b"<slicers/>",
            xl__timelines__timeline1_DOT_xml=b"<timelines/>",
        ),
    ),
    "queries and maps": (
        None,
        with_parts(
            "queryTable",
            xl__queryTables__queryTable1_DOT_xml=b"<queryTable/>",
            xl__xmlMaps_DOT_xml=b"<MapInfo/>",
            xl__connections_DOT_xml=b"<connections/>",
        ),
    ),
    "history of a shared workbook": (
        None,
        with_parts(
            "revisionHeaders",
            xl__revisions__revisionHeaders_DOT_xml=b"<headers/>",
            xl__revisions__userNames_DOT_xml=b"<users/>",
        ),
    ),
    "label and custom parts": (
        None,
        with_parts(
            "customXml",
            docMetadata__LabelInfo_DOT_xml=b"<labels/>",
            customXml__item1_DOT_xml=b"<x/>",
        ),
    ),
    "macros": (None, then(with_parts("vbaProject", xl__vbaProject_DOT_bin=b"VBA"), _macros)),
    "no macros in .xlsm": (None, _macros),
    "dynamic arrays": (
        None,
        then(
            replaced(
                SHEET,
                (
                    '<c r="F6" s="1"><f>IF(E6&gt;0,1,0)</f><v /></c>',
                    '<c r="F6" s="1" cm="1"><f t="array" ref="F6">SUM(E6*1)</f><v>1</v></c>',
                ),
            ),
            with_parts("sheetMetadata", xl__metadata_DOT_xml=b"<metadata/>"),
        ),
    ),
    "read-only recommended": (
        None,
        replaced(BOOK, ("<workbookPr ", '<fileSharing readOnlyRecommended="1"/><workbookPr ')),
    ),
    "ignored errors and protected ranges": (
        None,
        then(
            replaced(
                SHEET,
                (
                    "</sheetData>",
                    '</sheetData><protectedRanges><protectedRange sqref="G5:G6" name="x"/>'
                    "</protectedRanges>",
                ),
            ),
            sheet_end(
                '<ignoredErrors><ignoredError sqref="D5:D6" numberStoredAsText="1"/>'
                "</ignoredErrors>"
            ),
        ),
    ),
    "no styles": (
        None,
        then(
            without("xl/styles.xml"),
            lambda parts: {
                **parts,
                SHEET: parts[SHEET].replace(b' s="1"', b"").replace(b' s="2"', b""),
            },
        ),
    ),
    "styles without their collections": (
        None,
        lambda parts: {
            **parts,
            SHEET: parts[SHEET].replace(b' s="1"', b"").replace(b' s="2"', b""),
            "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs count="0"/></styleSheet>'.encode(),
        },
    ),
    "says UTF-16 and is UTF-8": (
        None,
        lambda parts: {
            **parts,
            BOOK: b'<?xml version="1.0" encoding="utf-16"?>' + parts[BOOK],
        },
    ),
    "ranges that are none": (
        None,
        replaced(
            SHEET,
            (
                "</sheetData>",
                '</sheetData><autoFilter ref="#REF!"/><mergeCells><mergeCell ref="#REF!"/>'
                "</mergeCells>",
            ),
        ),
    ),
    "spans and a last row with a border": (
        None,
        replaced(
            SHEET,
            ('<row r="6"', '<row spans="1:7" r="6"'),
            ("</sheetData>", '<row r="1048576"><c r="A1048576" s="1"/></row></sheetData>'),
        ),
    ),
    "namespaces declared where they are used": (
        None,
        replaced(SHEET, ("<sheetData>", '<sheetData xmlns:y="urn:y" y:z="1">')),
    ),
    "header and footer with a picture": (
        None,
        then(
            with_parts("vmlDrawing", xl__drawings__vmlDrawing1_DOT_vml=b"<xml/>"),
            sheet_end("<headerFooter><oddHeader>児童手当 &amp;G</oddHeader></headerFooter>"),
        ),
    ),
}
"""Name → what is done to the ledger with openpyxl, and what to its parts."""
