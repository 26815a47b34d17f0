"""市民会館使用許可申請書: a PDF to be filled on a computer (AcroForm); what comes in has a text
layer, not ink."""

from __future__ import annotations

from pathlib import Path

from reportlab.lib.units import mm

from blanks.kit import HEIGHT, Definition, Pen
from records.types import Box

LEFT, RIGHT = 18.0, 192.0

HEAD = {
    "id": "online_application",
    "title": "市民会館使用許可申請書",
    "version": 1,
    "department": "市民課",
    "initiative": "EFF-05",
    "retention_years": 5,
    "zone": "lgwan",
    "wrong_per_unseen": 0.005,
}


def draw(folder: Path) -> None:
    """Draw blank.pdf, with form fields to fill, and write form.toml."""
    pen = Pen(folder / "blank.pdf", "市民会館使用許可申請書", body="gothic")
    form = Definition(HEAD, [["市民会館", "使用許可申請書", "申請者"]])
    pen.text(105, 22, "市民会館使用許可申請書", 18, "center", "bold")
    pen.text(LEFT, 33, "鹿島市長 様", 10)
    pen.text(
        LEFT,
        40,
        "鹿島市民会館を使用したいので、次のとおり申請します。パソコンで入力し、電子申請の画面から送信してください。",
        8,
    )
    rows: tuple[tuple[str, str, str, float, float, str], ...] = (
        ("applied_on", "date", "申請日", 9, 60, "西暦で 2026-04-01 のように入力"),
        ("applicant_kana", "kana", "フリガナ", 9, 0, ""),
        ("applicant", "name", "申請者氏名", 11, 0, ""),
        ("postal_code", "postal_code", "郵便番号", 9, 50, ""),
        ("address", "address", "住所", 11, 0, ""),
        ("phone", "phone", "電話番号", 9, 70, ""),
        ("email", "text", "メールアドレス", 9, 0, ""),
        ("used_on", "date", "使用希望日", 9, 60, ""),
        ("from_time", "time", "開始時刻", 9, 40, "24時間制で 09:00 のように入力"),
        ("to_time", "time", "終了時刻", 9, 40, ""),
        ("people", "number", "使用人数", 9, 40, "人"),
        ("fee", "amount", "使用料", 9, 50, "円"),
    )
    y = 48.0
    for name, kind, label, height, width, hint in rows:
        box = _row(pen, y, height, label, width, hint)
        _text_field(pen, name, label, box)
        limits = (
            {"min": 1, "max": 800}
            if name == "people"
            else {"min": 500, "max": 60000}
            if name == "fee"
            else {}
        )
        form.field(
            name,
            kind,
            label,
            required=name not in ("email", "fee"),
            box=box,
            era="西暦" if kind == "date" else None,
            **limits,
        )
        y += height
    y = _choices(pen, form, y)
    pen.label(Box(LEFT, y, 36, 34), "使用目的・内容", 9)
    purpose = pen.frame(Box(LEFT + 36, y, RIGHT - LEFT - 36, 34))
    box = Box(purpose.x + 1, purpose.y + 1, purpose.width - 2, purpose.height - 2)
    _text_field(pen, "purpose", "使用目的・内容", box, "multiline")
    form.field("purpose", "lines", "使用目的・内容", required=True, box=box)
    pen.text(
        LEFT,
        y + 40,
        "※使用料は、許可の後に送付する納付書により納めてください。営利を目的とする場合は加算があります。",
        7.5,
    )
    pen.text(RIGHT, 285, "鹿島市 市民課  電子申請様式", 7, "right")
    form.check("date_order", ["applied_on", "used_on"])
    form.check("postal_code_matches_address", ["postal_code", "address"])
    form.deliver(
        "excel",
        "ledgers/市民会館_{fiscal_year}.xlsx",
        sheet="申請",
        columns={
            "受付日": "received_on",
            "申請者": "applicant",
            "電話": "phone",
            "使用日": "used_on",
            "開始": "from_time",
            "終了": "to_time",
            "施設": "room",
            "人数": "people",
            "使用料": "fee",
            "受付番号": "record_id",
        },
    )
    pen.save()
    form.write(folder / "form.toml", "samples/draw_blanks.py が様式と一緒に書いたもの。座標は mm")


def _row(pen: Pen, y: float, height: float, label: str, width: float, hint: str) -> Box:
    pen.label(Box(LEFT, y, 36, height), label, 9)
    cell = pen.frame(Box(LEFT + 36, y, RIGHT - LEFT - 36, height))
    box = Box(cell.x + 1, cell.y + 1, (width or cell.width) - 2, height - 2)
    if hint:
        pen.text(box.right + 3, y + height / 2, hint, 7.5)
    return box


def _text_field(pen: Pen, name: str, label: str, box: Box, flags: str = "") -> None:
    pen.canvas.acroForm.textfield(
        name=name,
        tooltip=label,
        x=box.x * mm,
        y=(HEIGHT - box.bottom) * mm,
        width=box.width * mm,
        height=box.height * mm,
        borderWidth=0,
        fontSize=10,
        fieldFlags=flags,
        fillColor=None,
        forceBorder=False,
    )


def _choices(pen: Pen, form: Definition, y: float) -> float:
    """The room (one of several) and the equipment (any); returns where the next row begins."""
    for name, label, kind, words in (
        ("room", "使用する施設", "choice", ("大ホール", "小ホール", "会議室", "和室")),
        (
            "equipment",
            "使用する設備",
            "choices",
            ("音響設備", "照明設備", "プロジェクター", "ピアノ"),
        ),
    ):
        pen.label(Box(LEFT, y, 36, 11), label, 9)
        pen.frame(Box(LEFT + 36, y, RIGHT - LEFT - 36, 11))
        options = {}
        for n, word in enumerate(words):
            box = Box(LEFT + 41 + n * 34, y + 3.5, 4, 4)
            pen.text(box.right + 1.5, y + 5.5, word, 8.5)
            pen.canvas.acroForm.checkbox(
                name=f"{name}.{word}",
                tooltip=f"{label} {word}",
                x=box.x * mm,
                y=(HEIGHT - box.bottom) * mm,
                size=4 * mm,
                buttonStyle="check",
                borderWidth=0.7,
                fillColor=None,
                forceBorder=True,
            )
            options[word] = box
        form.field(name, kind, label, required=kind == "choice", mark="check", options=options)
        y += 11
    return y
