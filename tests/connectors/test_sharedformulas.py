"""A value in the cell that spells a formula out for others: the others keep theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.sinks.excel import ExcelSink
from records.errors import ServiceError
from tests.connectors.office_workbooks import SHEET, TITLES, packed, plain, prefixed, replaced
from tests.connectors.test_untouched import parts_of, row


def prepared(first: str, other: str) -> bytes:
    """Rows 7 to 10 with a formula in the column 金額, which is ours."""
    cells = [first, *[other] * 3]
    rows = [f'<row r="{n}"><c r="E{n}">{cell}</c></row>' for n, cell in enumerate(cells, 7)]
    changed = replaced(SHEET, ("</sheetData>", "".join(rows) + "</sheetData>"))
    return packed(prefixed(changed(plain())))


def test_the_next_cell_spells_a_shared_formula_out(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    first = '<f t="shared" ref="E7:E10" si="3">A7*100+$A$1&amp;"円"</f>'
    path.write_bytes(prepared(first, '<f t="shared" si="3"/>'))
    ExcelSink(path, TITLES).deliver([row(1), row(2)])
    sheet = parts_of(path)[SHEET].decode()
    assert sheet.count('si="3"') == 2
    assert '<x:f t="shared" ref="E9:E10" si="3">A9*100+$A$1&amp;"円"</x:f>' in sheet
    ExcelSink(path, TITLES).deliver([row(3)])
    assert 'ref="E10:E10" si="3">A10*100' in parts_of(path)[SHEET].decode()
    ExcelSink(path, TITLES).deliver([row(4)])
    assert "shared" not in parts_of(path)[SHEET].decode()


@pytest.mark.parametrize("first", ["E7", "E5"])
def test_cells_that_show_one_result_together_are_refused_by_name(
    first: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.xlsx"
    array = f'<f t="array" ref="{first}:E10">A7:A10*2</f>'
    data = prepared("" if first == "E5" else array, "")
    if first == "E5":
        changed = replaced(SHEET, ('<c r="E5" s="1" t="n"><v>500</v>', f'<c r="E5" s="1">{array}'))
        data = packed(changed(plain()))
    path.write_bytes(data)
    before = path.read_bytes()
    with pytest.raises(ServiceError, match=rf"セル E7 は、配列数式か.*{first}:E10"):
        ExcelSink(path, TITLES).deliver([row(1)])
    assert path.read_bytes() == before
