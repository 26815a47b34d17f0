"""公園占用許可申請書: a form that the sample office has not defined; a scan of it must be refused,
not misread."""

from __future__ import annotations

from pathlib import Path

from blanks.kit import Definition, Pen, inner
from records.types import Box

HEAD = {
    "id": "park_permit",
    "title": "公園占用許可申請書",
    "version": 1,
    "department": "建設課",
    "initiative": "EFF-05",
    "zone": "lgwan",
}


def draw(folder: Path) -> None:
    """Draw blank.pdf, and a form.toml with which it can be filled; it stays outside the office's
    forms/."""
    pen = Pen(folder / "blank.pdf", "公園占用許可申請書", body="mincho")
    form = Definition(HEAD, [["公園占用許可申請書", "占用の目的"]])
    pen.text(105, 25, "公園占用許可申請書", 18, "center")
    pen.text(20, 40, "鹿島市長 様", 11)
    pen.text(120, 50, "申請者", 10)
    rows = (
        ("address", "address", "住所", 52.0),
        ("applicant", "name", "氏名", 62.0),
        ("phone", "phone", "電話", 72.0),
    )
    for name, kind, label, y in rows:
        pen.text(122, y + 5, label, 10)
        box = Box(136, y, 56, 9)
        pen.line(box.x, box.bottom, box.right, box.bottom, 0.2)
        form.field(name, kind, label, box=box)
    pen.text(
        20, 92, "都市公園法第６条第１項の規定により、次のとおり公園の占用の許可を申請します。", 9.5
    )
    table = (
        ("place", "公園の名称", 16.0),
        ("purpose", "占用の目的", 26.0),
        ("reason", "占用の理由", 26.0),
        ("area", "占用の面積", 16.0),
        ("method", "工事の方法", 30.0),
        ("other", "その他", 34.0),
    )
    y = 100.0
    for name, label, height in table:
        pen.label(Box(20, y, 42, height), label, 10, None)
        cell = pen.frame(Box(62, y, 130, height))
        form.field(name, "text", label, box=inner(Box(cell.x, cell.y, cell.width, min(height, 14))))
        y += height
    pen.text(20, y + 8, "添付書類  位置図・平面図・工作物の構造図", 9)
    pen.save()
    form.write(folder / "form.toml", "samples/draw_blanks.py が様式と一緒に書いたもの。座標は mm")
