"""A workbook by its sheets: which there are, what they share, and how a new one is added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.sinks.excel.layout import Table, key, range_of
from connectors.sinks.excel.located import Edits, Element, NotXml, attribute, parse
from connectors.sinks.excel.package import RELATIONS, STRICT_RELATIONS, Package
from connectors.sinks.excel.rowscan import NAMESPACES
from connectors.sinks.excel.sheet import Sheet
from connectors.sinks.excel.strings import Strings
from connectors.sinks.excel.stylebook import Stylebook

_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_BEFORE_CALCULATION = (
    *("fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets"),
    *("functionGroups", "externalReferences", "definedNames"),
)
_TRUE = ("1", "true")


@dataclass(frozen=True, slots=True)
class Tab:
    """A sheet as the workbook lists it.

    Attributes:
        index: 0-based, as names that belong to one sheet count it.
        part: the key of its part; empty where it is no worksheet.
    """

    title: str
    index: int
    part: str
    is_hidden: bool


class OfficeBook:
    """One workbook of the office.

    Raises:
        NotXml, KeyError, zipfile.BadZipFile: it is damaged or no workbook.
    """

    def __init__(self, package: Package) -> None:
        self.package = package
        self.key = package.related("", "officeDocument")[0]
        self.root = parse(package.read(self.key))
        if self.root.name != "workbook" or self.root.namespace not in NAMESPACES:
            raise NotXml(f"no workbook but {self.root.name}")
        self.namespace = self.root.namespace
        properties = self.root.first("workbookPr")
        self.is_1904 = properties is not None and properties.attributes.get("date1904") in _TRUE
        self.styles = Stylebook(package, self.key, self._one("styles"), self.namespace)
        self.strings = Strings(package, self._one("sharedStrings"))
        self._edits = Edits(lambda start, end: package.text(self.key).read(start, end))
        self._sheets: dict[str, Sheet] = {}

    @property
    def tabs(self) -> list[Tab]:
        """The worksheets in their order; chart sheets, dialogs and macro sheets left out."""
        sheets = self.root.first("sheets")
        parts = {
            relation.id: relation.target
            for relation in self.package.relations(self.key)
            if relation.kind == "worksheet" and relation.target in self.package.infos
        }
        return [
            Tab(
                element.attributes.get("name", ""),
                index,
                parts[_relation_of(element)],
                element.attributes.get("state", "visible") != "visible",
            )
            for index, element in enumerate(sheets.all("sheet") if sheets is not None else ())
            if _relation_of(element) in parts
        ]

    def tab(self, title: str) -> Tab | None:
        """The sheet of this name, width, case and blanks aside; the exact one before a similar
        one."""
        tabs = self.tabs
        exact = [tab for tab in tabs if tab.title == title]
        alike = [tab for tab in tabs if key(tab.title) == key(title)]
        return next(iter([*exact, *alike]), None)

    def sheet(self, part: str) -> Sheet:
        """The cells of one sheet; not read yet."""
        if part not in self._sheets:
            text = self.package.text(part)
            self._sheets[part] = Sheet(text, self.strings, self.styles, self.is_1904)
        return self._sheets[part]

    def tables(self, part: str) -> list[Table]:
        """The tables of Excel on a sheet; one that does not say where it is is left out."""
        found = (
            _table(table, parse(self.package.read(table)))
            for table in self.package.related(part, "table")
        )
        return [table for table in found if table is not None]

    def names(self, kind: str, tab: Tab) -> Iterator[Element]:
        """The defined names ``kind`` that belong to one sheet."""
        names = self.root.first("definedNames")
        for element in names.all("definedName") if names is not None else ():
            if element.attributes.get("name") == kind and element.attributes.get(
                "localSheetId"
            ) == str(tab.index):
                yield element

    def set_name(self, element: Element, text: str) -> None:
        """Give a defined name another formula."""
        if element.text != text:
            self._edits.set_text(element, text)

    def add_sheet(self, title: str, xml: bytes, is_secret: bool = False) -> Tab:
        """Add a sheet at the end.

        Args:
            is_secret: Excel shows it to nobody, not even in the list of hidden sheets.
        """
        name = self.package.free_name("xl/worksheets/sheet{}.xml")
        part = self.package.add(name, _SHEET_TYPE, xml)
        relation = self.package.relate(self.key, "worksheet", name)
        sheets = self.root.first("sheets")
        if sheets is None:
            raise NotXml("a workbook without sheets")
        used = [int(e.attributes.get("sheetId", 0)) for e in sheets.all("sheet")]
        state = ' state="veryHidden"' if is_secret else ""
        strict = self.namespace == NAMESPACES[1]
        self._edits.append(
            sheets,
            f'<{sheets.prefix}sheet xmlns:rel="{STRICT_RELATIONS if strict else RELATIONS}"'
            f' name="{attribute(title)}" sheetId="{max([0, *used]) + 1}"{state}'
            f' rel:id="{relation}"/>',
        )
        return Tab(title, len(used), part, is_secret)

    def forget_calculation_order(self) -> None:
        """Leave the calculation chain out; Excel makes it anew. It must not name a cell without a
        formula."""
        for part in self.package.related(self.key, "calcChain"):
            self.package.drop(self.key, part)

    def save(self) -> None:
        """Hand the changes of the workbook and its styles to the package. Excel is told to
        calculate when it opens the workbook: new rows are in the ranges of old formulas."""
        self._calculate_on_load()
        self.package.change(self.key, self._edits)
        self.styles.save()

    def _calculate_on_load(self) -> None:
        found = self.root.first("calcPr")
        if found is not None:
            self._edits.set(found, "fullCalcOnLoad", "1")
            return
        before = [e for e in self.root.children if e.name in _BEFORE_CALCULATION]
        if before:
            xml = f'<{self.root.prefix}calcPr fullCalcOnLoad="1"/>'
            self._edits.insert(before[-1].end, xml)

    def _one(self, kind: str) -> str | None:
        return next(iter(self.package.related(self.key, kind)), None)


def _relation_of(sheet: Element) -> str:
    for space in (RELATIONS, STRICT_RELATIONS):
        found = sheet.attributes.get(f"{space} id")
        if found is not None:
            return found
    return ""


def _table(part: str, element: Element) -> Table | None:
    attributes = element.attributes
    place = range_of(element)
    if place is None:
        return None
    names = (attributes.get("displayName", ""), attributes.get("name", ""))
    return Table(
        key=part,
        element=element,
        names=tuple(name for name in names if name),
        bounds=place,
        totals=int(attributes.get("totalsRowCount", 0)),
        is_plain=attributes.get("tableType", "worksheet") == "worksheet",
        has_header=attributes.get("headerRowCount", "1") != "0",
    )
