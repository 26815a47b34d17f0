"""児童手当 認定請求書: after the ministry's 様式第2号 and the sheets that cities hand out."""

from __future__ import annotations

from pathlib import Path

from blanks.kit import Definition, Pen, inner
from records.types import Box

LEFT, RIGHT, SIDE = 12.0, 198.0, 8.0
BODY = LEFT + SIDE  # where rows begin, right of the vertical headings

HEAD = {
    "id": "child_allowance",
    "title": "児童手当 認定請求書",
    "version": 2,
    "department": "福祉課",
    "initiative": "EFF-01",
    "retention_years": 5,
    "zone": "mynumber",
    "wrong_per_unseen": 0.005,
}


def draw(folder: Path, drift: float = 0.0, version: int = 2) -> None:
    """Draw blank.pdf and write form.toml.

    Args:
        drift: mm by which the lower half stands lower; another edition of the form, which tests
        must tell apart.
    """
    pen = Pen(folder / "blank.pdf", "児童手当 認定請求書")
    form = Definition(
        {**HEAD, "version": version}, [["児童手当", "認定請求書", "請求者", "支給要件児童"]]
    )
    _top(pen, form)
    _applicant(pen, form, 37.0)
    _spouse(pen, form, 107.5)
    _children(pen, form, 129.0 + drift, 11.0 - drift / 4)
    _account(pen, form, 181.5 + drift)
    _foot(pen, form, 211.0 + drift, version)
    _rules(form)
    pen.save()
    form.write(folder / "form.toml", "samples/draw_blanks.py が様式と一緒に書いたもの。座標は mm")


def _top(pen: Pen, form: Definition) -> None:
    pen.text(LEFT, 9, "様式第２号（第１条の４関係）", 7)
    pen.text(105, 18, "児 童 手 当  認 定 請 求 書", 17, "center", "bold")
    pen.line(66, 22.5, 144, 22.5, 0.4)
    pen.text(LEFT, 27, "（宛先）鹿島市長", 9)
    _stamp_box(pen, Box(168, 6, 30, 18))
    form.silent(Box(168, 6, 30, 18), "受付印")
    pen.text(132, 28, "請求日  令和", 8.5, "right")
    parts = _ymd(pen, 134, 24.3, 7.4, (10, 8, 8))
    form.field("claimed_on", "date", "請求日", required=True, era="令和", **parts)
    pen.text(
        LEFT,
        33.5,
        "児童手当法第７条の規定に基づき、次のとおり児童手当の受給資格及びその額についての認定を請求します。",
        7.5,
    )


def _stamp_box(pen: Pen, box: Box) -> None:
    pen.frame(box, 0.2, dash=True)
    pen.text(box.x + box.width / 2, box.y + 3, "受付印", 6.5, "center", gray=0.35)


def _ymd(
    pen: Pen, x: float, y: float, height: float, widths: tuple[float, float, float]
) -> dict[str, Box]:
    """Three boxes for year, month and day, each followed by its word."""
    parts = {}
    for name, word, width in zip(("year", "month", "day"), "年月日", widths, strict=True):
        parts[name] = Box(x, y, width, height)
        x += width
        pen.text(x + 1.9, y + height / 2, word, 8.5, "center")
        x += 3.9
    return parts


def _applicant(pen: Pen, form: Definition, y: float) -> None:
    pen.vertical(Box(LEFT, y, SIDE, 69), "請求者", 10)
    rows = (y, y + 7, y + 19, y + 29, y + 43, y + 52, y + 60, y + 69)
    _person(pen, form, rows)
    pen.label(Box(BODY, rows[3], 20, 14), "住  所", 8.5)
    cell = pen.frame(Box(BODY + 20, rows[3], RIGHT - BODY - 20, 14))
    pen.text(cell.x + 1.5, cell.y + 4, "〒", 9)
    first = pen.cells(Box(cell.x + 6, cell.y + 1.2, 15, 5.8), 3)
    pen.text(first.right + 1.75, cell.y + 4, "-", 9, "center")
    second = pen.cells(Box(first.right + 3.5, cell.y + 1.2, 20, 5.8), 4)
    form.field(
        "postal_code",
        "postal_code",
        "郵便番号",
        required=True,
        first={"cells": {"box": first, "count": 3}},
        second={"cells": {"box": second, "count": 4}},
    )
    form.field(
        "address",
        "address",
        "住所",
        required=True,
        box=Box(cell.x + 1, cell.y + 7.2, cell.width - 2, 6.6),
    )
    pen.text(
        cell.right - 1.5, cell.y + 3.5, "※住民票に記載されている住所をお書きください。", 6, "right"
    )

    pen.label(Box(BODY, rows[4], 20, 9), "電話番号", 8.5)
    pen.label(Box(BODY + 20, rows[4], 12, 9), "自宅", 7.5, None)
    form.field(
        "phone", "phone", "電話番号（自宅）", box=inner(pen.frame(Box(BODY + 32, rows[4], 62, 9)))
    )
    pen.label(Box(BODY + 94, rows[4], 12, 9), "携帯", 7.5, None)
    form.field(
        "mobile", "phone", "電話番号（携帯）", box=inner(pen.frame(Box(BODY + 106, rows[4], 72, 9)))
    )

    pen.label(Box(BODY, rows[5], 20, 8), "職  業", 8.5)
    pen.frame(Box(BODY + 20, rows[5], RIGHT - BODY - 20, 8))
    words = pen.words(
        BODY + 25,
        rows[5] + 4,
        ("会社員", "公務員", "自営業", "農林漁業", "パート・アルバイト", "無職", "その他"),
        7,
    )
    form.field("occupation", "choice", "職業", mark="circle", options=words)

    pen.label(Box(BODY, rows[6], 20, 9), "加入している\n公的年金", 6.8)
    pen.frame(Box(BODY + 20, rows[6], RIGHT - BODY - 20, 9))
    words = pen.words(BODY + 25, rows[6] + 4.5, ("厚生年金", "国民年金", "共済組合", "未加入"), 9)
    form.field(
        "pension", "choice", "加入している公的年金", required=True, mark="circle", options=words
    )
    pen.text(RIGHT - 1.5, rows[6] + 4.5, "（該当するものを○で囲んでください。）", 6.5, "right")


def _person(pen: Pen, form: Definition, rows: tuple[float, ...]) -> None:
    """The upper rows of the applicant: kana, name, sex, birth date, My Number."""
    pen.label(Box(BODY, rows[0], 20, 7), "フリガナ", 7)
    form.field(
        "applicant_kana",
        "kana",
        "請求者フリガナ",
        required=True,
        box=inner(pen.frame(Box(BODY + 20, rows[0], 68, 7))),
    )
    pen.line(BODY + 20, rows[1], BODY + 88, rows[1], 0.15, dash=True)
    pen.label(Box(BODY, rows[1], 20, 12), "氏  名", 9)
    form.field(
        "applicant",
        "name",
        "請求者氏名",
        required=True,
        box=inner(pen.frame(Box(BODY + 20, rows[1], 68, 12))),
    )
    pen.label(Box(BODY + 88, rows[0], 14, 7), "性別", 7.5)
    pen.frame(Box(BODY + 102, rows[0], 76, 7))
    form.field(
        "sex",
        "choice",
        "性別",
        mark="circle",
        options=pen.words(BODY + 110, rows[0] + 3.5, ("男", "女"), 9),
    )
    pen.text(RIGHT - 1.5, rows[0] + 3.5, "（記入は任意です。）", 6, "right")
    pen.label(Box(BODY + 88, rows[1], 14, 12), "生年\n月日", 7.5)
    pen.frame(Box(BODY + 102, rows[1], 76, 12))
    eras = {}
    for n, era in enumerate(("昭和", "平成", "西暦")):
        eras |= pen.words(BODY + 104.5, rows[1] + 2.4 + n * 3.7, (era,), 0, 7.5)
    form.field(
        "birth_date",
        "date",
        "請求者生年月日",
        required=True,
        era={"circle": eras},
        **_ymd(pen, BODY + 118, rows[1] + 1.8, 8.6, (17, 14, 14)),
    )
    pen.label(Box(BODY, rows[2], 20, 10), "個人番号", 8.5)
    pen.frame(Box(BODY + 20, rows[2], RIGHT - BODY - 20, 10))
    cells = pen.cells(Box(BODY + 24, rows[2] + 1.3, 84, 7.4), 12, marks=(4, 8))
    form.field(
        "my_number", "my_number", "個人番号", required=True, cells={"box": cells, "count": 12}
    )
    pen.text(
        BODY + 111,
        rows[2] + 5,
        "※通知カード等で12桁を確認し、１マスに１字ずつ記入してください。",
        5.8,
    )


def _spouse(pen: Pen, form: Definition, y: float) -> None:
    pen.vertical(Box(LEFT, y, SIDE, 20), "配偶者", 9)
    pen.label(Box(BODY, y, 20, 6.5), "有  無", 7.5)
    pen.frame(Box(BODY, y + 6.5, 20, 13.5))
    form.field(
        "spouse",
        "choice",
        "配偶者の有無",
        required=True,
        mark="circle",
        options=pen.words(BODY + 4.5, y + 13.2, ("有", "無"), 6),
    )
    pen.label(Box(BODY + 20, y, 16, 6.5), "フリガナ", 6.5)
    form.field(
        "spouse_kana", "kana", "配偶者フリガナ", box=inner(pen.frame(Box(BODY + 36, y, 58, 6.5)))
    )
    pen.label(Box(BODY + 20, y + 6.5, 16, 13.5), "氏  名", 8.5)
    form.field(
        "spouse_name",
        "name",
        "配偶者氏名",
        box=inner(pen.frame(Box(BODY + 36, y + 6.5, 58, 13.5)), 1.0),
    )
    pen.label(Box(BODY + 94, y, 14, 10), "生年\n月日", 7)
    pen.frame(Box(BODY + 108, y, 70, 10))
    eras = {}
    for n, era in enumerate(("昭和", "平成")):
        eras |= pen.words(BODY + 110, y + 2.8 + n * 4.4, (era,), 0, 7.5)
    form.field(
        "spouse_birth_date",
        "date",
        "配偶者生年月日",
        era={"circle": eras},
        **_ymd(pen, BODY + 121, y + 1.2, 7.6, (14, 13, 13)),
    )
    pen.label(Box(BODY + 94, y + 10, 14, 10), "個人\n番号", 7)
    pen.frame(Box(BODY + 108, y + 10, 70, 10))
    cells = pen.cells(Box(BODY + 109, y + 11.6, 68, 6.8), 12, marks=(4, 8))
    form.field("spouse_my_number", "my_number", "配偶者個人番号", cells={"box": cells, "count": 12})


COLUMNS = (
    (7, ""),
    (48, "児童の氏名"),
    (60, "生年月日"),
    (16, "続柄"),
    (24, "同居・別居"),
    (23, "監護の有無"),
)


def _children(pen: Pen, form: Definition, y: float, pitch: float) -> None:
    pen.vertical(Box(LEFT, y, SIDE, 7 + 4 * pitch), "支給要件児童", 8.5)
    edges = [BODY]
    for width, _ in COLUMNS:
        edges.append(edges[-1] + width)
    for x, (width, title) in zip(edges, COLUMNS, strict=False):
        pen.label(Box(x, y, width, 7), title, 7)
    for row in range(4):
        top = y + 7 + row * pitch
        pen.label(Box(edges[0], top, 7, pitch), str(row + 1), 8, None)
        for x, (width, _) in zip(edges[1:], COLUMNS[1:], strict=False):
            pen.frame(Box(x, top, width, pitch))
        places = _child(pen, edges, top, pitch)
        if row == 0:
            first = places
    name, dates, relation, living, care = first
    form.table(
        "children",
        4,
        pitch,
        [
            {"name": "name", "kind": "name", "label": "児童氏名", **name},
            {"name": "birth_date", "kind": "date", "label": "児童生年月日", **dates},
            {
                "name": "relation",
                "kind": "text",
                "label": "続柄",
                **relation,
                "values": [
                    "子",
                    "長男",
                    "次男",
                    "二男",
                    "三男",
                    "長女",
                    "次女",
                    "二女",
                    "三女",
                    "孫",
                    "養子",
                    "甥",
                    "姪",
                ],
            },
            {
                "name": "living",
                "kind": "choice",
                "label": "同居・別居",
                "mark": "circle",
                "options": living,
            },
            {
                "name": "care",
                "kind": "choice",
                "label": "監護の有無",
                "mark": "circle",
                "options": care,
            },
        ],
    )


def _child(pen: Pen, edges: list[float], top: float, pitch: float) -> tuple[dict[str, object], ...]:
    """Print one row's words; returns where its values go."""
    middle = top + pitch / 2
    eras = {}
    for n, era in enumerate(("平成", "令和")):
        eras |= pen.words(edges[2] + 1.8, middle - 2.2 + n * 4.4, (era,), 0, 7.5)
    parts = _ymd(pen, edges[2] + 12, middle - 4.1, 8.2, (11, 11, 11))
    living = pen.words(edges[4] + 3.5, middle, ("同居", "別居"), 5, 8)
    care = pen.words(edges[5] + 5, middle, ("有", "無"), 6, 8)
    return (
        {"box": inner(Box(edges[1], top, COLUMNS[1][0], pitch), 0.5)},
        {"era": {"circle": eras}, **parts},
        {"box": inner(Box(edges[3], top, COLUMNS[3][0], pitch), 0.5)},
        living,
        care,
    )


def _account(pen: Pen, form: Definition, y: float) -> None:
    pen.vertical(Box(LEFT, y, SIDE, 28), "振込先口座", 8.5)
    pen.label(Box(BODY, y, 20, 11), "金融機関", 8)
    bank = pen.frame(Box(BODY + 20, y, 52, 11))
    pen.text(bank.right - 1, bank.bottom - 2.2, "銀行・信金・農協", 5.5, "right", gray=0.2)
    pen.label(Box(BODY + 72, y, 12, 11), "ｺｰﾄﾞ", 7)
    bank_code = pen.cells(pen.frame(Box(BODY + 84, y + 2, 22, 7)), 4)
    branch = pen.frame(Box(BODY + 108, y, 40, 11))
    pen.text(branch.right - 1, branch.bottom - 2.2, "本店・支店・支所", 5.5, "right", gray=0.2)
    pen.label(Box(BODY + 148, y, 11, 11), "ｺｰﾄﾞ", 7)
    pen.frame(Box(BODY + 159, y, 19, 11))
    branch_code = pen.cells(Box(BODY + 160.2, y + 2, 16.5, 7), 3)
    pen.line(BODY + 84, y, BODY + 108, y)
    pen.label(Box(BODY, y + 11, 20, 8), "預金種別", 8)
    pen.frame(Box(BODY + 20, y + 11, 52, 8))
    kinds = pen.words(BODY + 30, y + 15, ("普通", "当座"), 9, 9)
    pen.label(Box(BODY + 72, y + 11, 20, 8), "口座番号\n（右詰め）", 6.3)
    pen.frame(Box(BODY + 92, y + 11, 86, 8))
    number = pen.cells(Box(BODY + 94, y + 11.8, 45.5, 6.4), 7)
    pen.label(Box(BODY, y + 19, 20, 9), "口座名義\n（カタカナ）", 6.5)
    holder = pen.frame(Box(BODY + 20, y + 19, 100, 9))
    pen.frame(Box(BODY + 120, y + 19, 58, 9))
    pen.text(BODY + 121.5, y + 22, "※請求者本人名義の口座に限ります。", 6)
    pen.text(BODY + 121.5, y + 25.6, "　配偶者・児童名義の口座は指定できません。", 6)
    form.field(
        "account",
        "bank_account",
        "振込先口座",
        required=True,
        bank=Box(bank.x + 0.5, bank.y + 0.5, bank.width - 1, 7.2),
        bank_code={"cells": {"box": bank_code, "count": 4}},
        branch=Box(branch.x + 0.5, branch.y + 0.5, branch.width - 1, 7.2),
        branch_code={"cells": {"box": branch_code, "count": 3}},
        account_kind={"mark": "circle", "options": kinds},
        number={"cells": {"box": number, "count": 7, "align": "right"}},
        holder=inner(holder),
    )


def _foot(pen: Pen, form: Definition, y: float, version: int) -> None:
    pen.label(Box(LEFT, y, 28, 13), "添付書類\n（□にレ印）", 7)
    pen.frame(Box(LEFT + 28, y, 158, 13))
    form.field(
        "attachments",
        "choices",
        "添付書類",
        mark="check",
        options=pen.ticks(
            (
                (LEFT + 31, y + 3.6, "請求者の健康保険証の写し"),
                (LEFT + 82, y + 3.6, "振込先口座の通帳の写し"),
                (LEFT + 134, y + 3.6, "本人確認書類の写し"),
                (LEFT + 31, y + 9.4, "別居監護申立書"),
                (LEFT + 82, y + 9.4, "監護相当・生計費の負担についての確認書"),
            )
        ),
    )
    y += 15
    pen.frame(Box(LEFT, y, 186, 17))
    consent = Box(LEFT + 3, y + 2.2, 3.6, 3.6)
    pen.frame(consent)
    form.field("consent", "mark", "公簿等の確認への同意", required=True, mark="check", box=consent)
    agreed = "児童手当の支給に関し、市が住民基本台帳、課税台帳、年金の加入状況等の公簿を確認することに同意します。"
    pen.text(consent.right + 1.5, y + 4, agreed, 7)
    pen.text(LEFT + 62, y + 12, "請求者署名", 8.5, "right")
    sign = Box(LEFT + 64, y + 7.2, 74, 9)
    pen.line(sign.x, sign.bottom, sign.right, sign.bottom, 0.2)
    form.field("signature", "signature", "請求者署名", required=True, box=sign)
    seal = Box(LEFT + 142, y + 2, 14, 14)
    pen.text(seal.x + 7, seal.y + 7.2, "印", 8, "center", gray=0.45)
    pen.ellipse(seal.grown(-1), 0.15, dash=True)
    form.field("seal", "seal", "印", box=seal)
    pen.text(LEFT + 158, y + 9, "（自署の場合は不要）", 6)
    _notes(pen, form, y + 20, version)


def _notes(pen: Pen, form: Definition, y: float, version: int) -> None:
    notes = (
        "（記入上の注意）",
        "１  黒のボールペンで、太枠の中を楷書ではっきりと記入してください。消せるペンは使用しないでください。",
        "２  「支給要件児童」には、18歳に達する日以後の最初の３月31日までの間にある児童を記入してください。",
        "３  出生・転入の日の翌日から15日以内に請求してください。遅れた月分の手当は支給できません。",
        "４  書き損じたときは、二重線で消して訂正印を押し、正しい内容を余白に記入してください。",
    )
    for n, note in enumerate(notes):
        pen.text(LEFT, y + n * 3.5, note, 6.3)
    top = y + 18.5
    pen.text(LEFT, top - 0.6, "※市役所記入欄（記入しないでください）", 5.8)
    columns = (
        (16, "担当"),
        (16, "係長"),
        (16, "課長"),
        (34, "支給開始年月"),
        (34, "支給月額"),
        (34, "認定番号"),
        (36, "備考"),
    )
    x = LEFT
    for width, title in columns:
        pen.label(Box(x, top + 1.5, width, 4.2), title, 6)
        pen.frame(Box(x, top + 5.7, width, 10.5))
        x += width
    form.silent(Box(LEFT, top + 1.5, x - LEFT, 14.7), "市役所記入欄")
    pen.text(RIGHT, 292, f"児童手当－認定請求書（第{version}版）", 6, "right")
    pen.text(105, 292, "裏面の注意をお読みください", 6, "center")


def _rules(form: Definition) -> None:
    form.check("postal_code_matches_address", ["postal_code", "address"])
    form.check(
        "same_person", ["applicant_kana", "account"], message="口座名義は請求者本人に限ります"
    )
    form.check("branch_matches_bank", ["account"])
    form.check(
        "age_between",
        ["children.*.birth_date"],
        min=0,
        max=18,
        message="児童は18歳到達年度の末までです",
    )
    form.check(
        "age_between", ["birth_date"], min=15, max=100, message="請求者の生年月日を確かめてください"
    )
    form.check("date_order", ["birth_date", "claimed_on"])
    form.deliver(
        "excel",
        "ledgers/児童手当_{fiscal_year}.xlsx",
        sheet="受付簿",
        columns={
            "受付日": "received_on",
            "請求日": "claimed_on:wareki",
            "氏名": "applicant",
            "フリガナ": "applicant_kana",
            "生年月日": "birth_date:wareki",
            "郵便番号": "postal_code",
            "住所": "address",
            "電話": "phone",
            "携帯": "mobile",
            "年金": "pension",
            "配偶者": "spouse",
            "児童1": "children.1.name",
            "児童1生年月日": "children.1.birth_date:wareki",
            "児童2": "children.2.name",
            "児童2生年月日": "children.2.birth_date:wareki",
            "受付番号": "record_id",
        },
    )
    form.deliver(
        "csv", "ledgers/core/child_allowance.csv", encoding="cp932", zone="mynumber", my_number=True
    )
