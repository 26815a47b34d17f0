"""市民意見提出用紙: sent by FAX, brought to the counter or posted; sender, a few ticks and lines of
free text."""

from __future__ import annotations

from pathlib import Path

from blanks.kit import Definition, Pen, inner
from records.types import Box

LEFT, RIGHT = 16.0, 194.0

HEAD = {
    "id": "citizen_opinion",
    "title": "市民意見提出用紙",
    "version": 1,
    "department": "企画財政課",
    "initiative": "EFF-03",
    "retention_years": 3,
    "zone": "lgwan",
    "wrong_per_unseen": 0.01,
}

TOPICS = (
    "行政手続・窓口",
    "道路・交通",
    "ごみ・環境",
    "子育て・教育",
    "福祉・医療",
    "産業・観光",
    "防災・安全",
    "デジタル化",
)


def draw(folder: Path) -> None:
    """Draw blank.pdf and write form.toml."""
    pen = Pen(folder / "blank.pdf", "市民意見提出用紙", body="gothic")
    form = Definition(HEAD, [["市民意見", "提出用紙", "ＦＡＸ", "ご意見"]])
    _top(pen, form)
    _sender(pen, form, 58)
    _ticks(pen, form, 121)
    _opinion(pen, form, 166)
    _foot(pen, form)
    _rules(form)
    pen.save()
    form.write(folder / "form.toml", "samples/draw_blanks.py が様式と一緒に書いたもの。座標は mm")


def _top(pen: Pen, form: Definition) -> None:
    pen.frame(Box(LEFT, 14, 178, 13), 0.6)
    pen.text(LEFT + 4, 20.5, "ＦＡＸ送信先  ０９５４－６３－２１２９", 13, font="bold")
    pen.text(RIGHT - 4, 20.5, "鹿島市 企画財政課 あて", 10.5, "right")
    pen.text(105, 36, "市 民 意 見 提 出 用 紙", 18, "center", "bold")
    pen.text(LEFT, 45, "案件名：第２期鹿島市デジタル化推進戦略（素案）について", 9.5)
    pen.text(LEFT, 51, "提出期限：令和８年３月31日（火曜日）必着", 8.5)
    pen.text(142, 51, "提出日  令和", 8.5, "right")
    parts, x = {}, 143.0
    for name, word in (("year", "年"), ("month", "月"), ("day", "日")):
        parts[name] = Box(x, 46.8, 11.5, 8)
        pen.text(x + 13.6, 51, word, 8.5, "center")
        x += 16
    form.field("submitted_on", "date", "提出日", era="令和", **parts)


def _sender(pen: Pen, form: Definition, y: float) -> None:
    pen.vertical(Box(LEFT, y, 9, 57), "提出者", 10)
    x = LEFT + 9
    pen.label(Box(x, y, 26, 8), "フリガナ", 7.5)
    form.field("sender_kana", "kana", "フリガナ", box=inner(pen.frame(Box(x + 26, y, 143, 8))))
    pen.label(Box(x, y + 8, 26, 13), "氏  名\n（法人は名称・代表者）", 6.8)
    form.field(
        "sender", "name", "氏名", required=True, box=inner(pen.frame(Box(x + 26, y + 8, 143, 13)))
    )
    pen.label(Box(x, y + 21, 26, 17), "住  所\n（所在地）", 8)
    cell = pen.frame(Box(x + 26, y + 21, 143, 17))
    form.field(
        "postal_code", "postal_code", "郵便番号", box=Box(cell.x + 6.5, cell.y + 0.7, 44, 6.6)
    )
    pen.text(cell.x + 1.5, cell.y + 4.2, "〒", 9.5)
    pen.line(cell.x + 6.5, cell.y + 7.3, cell.x + 50, cell.y + 7.3, 0.15)
    form.field(
        "address",
        "address",
        "住所",
        required=True,
        box=Box(cell.x + 1, cell.y + 7.8, cell.width - 2, 8.8),
    )
    pen.label(Box(x, y + 38, 26, 9), "電話番号", 8)
    form.field("phone", "phone", "電話番号", box=inner(pen.frame(Box(x + 26, y + 38, 56, 9))))
    pen.label(Box(x + 82, y + 38, 22, 9), "FAX番号", 8)
    form.field("fax", "phone", "FAX番号", box=inner(pen.frame(Box(x + 104, y + 38, 65, 9))))
    pen.label(Box(x, y + 47, 26, 10), "年  代", 8)
    pen.frame(Box(x + 26, y + 47, 143, 10))
    ages = pen.words(
        x + 30, y + 52, ("10代", "20代", "30代", "40代", "50代", "60代", "70代以上"), 8.5, 9.5
    )
    form.field("age_band", "choice", "年代", mark="circle", options=ages)


def _ticks(pen: Pen, form: Definition, y: float) -> None:
    pen.text(LEFT, y - 2.6, "１  ご提出の立場（あてはまるもの一つにレ印）", 9, font="bold")
    pen.frame(Box(LEFT, y, 178, 9))
    stands = pen.ticks(
        (
            (LEFT + 4, y + 4.5, "市内に在住"),
            (LEFT + 40, y + 4.5, "市内に在勤・在学"),
            (LEFT + 86, y + 4.5, "市内の法人・団体"),
            (LEFT + 132, y + 4.5, "その他利害関係者"),
        ),
        8.5,
        4,
    )
    form.field("standing", "choice", "提出の立場", required=True, mark="check", options=stands)
    y += 16.5
    pen.text(LEFT, y - 2.6, "２  ご意見の分野（いくつでも）", 9, font="bold")
    pen.frame(Box(LEFT, y, 178, 17))
    places = [
        (LEFT + 4 + (n % 4) * 44, y + 4.8 + (n // 4) * 7.6, topic) for n, topic in enumerate(TOPICS)
    ]
    form.field("topics", "choices", "意見の分野", mark="check", options=pen.ticks(places, 8.5, 4))
    pen.text(LEFT, y + 19.8, "※□が小さいため、はみ出してもかまいません。", 6.3)


def _opinion(pen: Pen, form: Definition, y: float) -> None:
    pen.text(
        LEFT, y - 2.6, "３  ご意見（該当するページや項目があればお書きください）", 9, font="bold"
    )
    pen.label(Box(LEFT, y, 26, 10), "件  名", 8.5)
    form.field("subject", "text", "件名", box=inner(pen.frame(Box(LEFT + 26, y, 152, 10))))
    box = pen.frame(Box(LEFT, y + 10, 178, 80))
    for n in range(1, 8):
        pen.line(box.x + 3, box.y + n * 10, box.right - 3, box.y + n * 10, 0.15, dash=True)
    form.field(
        "opinion",
        "lines",
        "意見",
        required=True,
        box=Box(box.x + 2, box.y, box.width - 4, box.height),
    )


def _foot(pen: Pen, form: Definition) -> None:
    y = 262.0
    pen.frame(Box(LEFT, y, 178, 10))
    pen.text(LEFT + 3, y + 5, "市からの連絡を", 8.5)
    words = pen.words(LEFT + 36, y + 5, ("希望する", "希望しない"), 9, 9)
    form.field("reply", "choice", "市からの連絡", mark="circle", options=words)
    pen.text(RIGHT - 3, y + 5, "（どちらかを○で囲んでください）", 7, "right")
    lines = (
        "・電話や口頭によるご意見の受付はしておりません。個別の回答はいたしませんので、ご了承ください。",
        "・氏名・住所等の個人情報は、この意見募集に関する事務以外には使用しません。",
    )
    for n, line in enumerate(lines):
        pen.text(LEFT, y + 14 + n * 4, line, 7)
    pen.text(RIGHT, 289, "送信枚数  １枚（この用紙のみ）", 7, "right")


def _rules(form: Definition) -> None:
    form.check("postal_code_matches_address", ["postal_code", "address"])
    form.deliver(
        "excel",
        "ledgers/市民意見_{fiscal_year}.xlsx",
        sheet="意見一覧",
        columns={
            "受付日": "received_on",
            "提出日": "submitted_on:wareki",
            "氏名": "sender",
            "住所": "address",
            "電話": "phone",
            "年代": "age_band",
            "立場": "standing",
            "分野": "topics",
            "件名": "subject",
            "意見": "opinion",
            "受付番号": "record_id",
        },
    )
