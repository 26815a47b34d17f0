"""市税等口座振替依頼書: the bank's and the city's copy in one, figures in cells, with the seal
given to the bank."""

from __future__ import annotations

from pathlib import Path

from blanks.kit import Definition, Pen, inner
from records.types import Box

LEFT, RIGHT = 14.0, 196.0

HEAD = {
    "id": "account_transfer",
    "title": "市税等口座振替依頼書",
    "version": 1,
    "department": "税務課",
    "initiative": "EFF-02",
    "retention_years": 10,
    "zone": "lgwan",
    "wrong_per_unseen": 0.001,
    "verify": True,
}

TAXES = (
    "市県民税（普通徴収）",
    "固定資産税・都市計画税",
    "軽自動車税（種別割）",
    "国民健康保険税",
    "介護保険料",
    "後期高齢者医療保険料",
)


def draw(folder: Path) -> None:
    """Draw blank.pdf and write form.toml."""
    pen = Pen(folder / "blank.pdf", "市税等口座振替依頼書", body="ipamincho")
    form = Definition(
        HEAD, [["口座振替依頼書", "自動払込利用申込書", "金融機関お届け印", "納税義務者"]]
    )
    _top(pen, form)
    _payer(pen, form, 52)
    _taxes(pen, form, 113)
    _bank(pen, form, 158)
    _post_office(pen, form, 222)
    _foot(pen, form, 244)
    _rules(form)
    pen.save()
    form.write(folder / "form.toml", "samples/draw_blanks.py が様式と一緒に書いたもの。座標は mm")


def _top(pen: Pen, form: Definition) -> None:
    pen.frame(Box(LEFT, 9, 26, 7), 0.4)
    pen.text(LEFT + 13, 12.5, "金融機関提出用", 7.5, "center", "ipagothic")
    pen.text(105, 18, "鹿島市市税等 口座振替依頼書", 16, "center", "ipagothic")
    pen.text(105, 25, "（兼 自動払込利用申込書）", 9.5, "center")
    pen.text(LEFT, 32, "（取扱金融機関・ゆうちょ銀行 あて）", 8.5)
    pen.text(147, 32, "申込日  令和", 8.5, "right")
    parts = {}
    x = 149.0
    for name, word in (("year", "年"), ("month", "月"), ("day", "日")):
        parts[name] = pen.cells(Box(x, 28.6, 11, 6.8), 2)
        pen.text(x + 13.1, 32, word, 8.5, "center")
        x += 15.4
    form.field(
        "applied_on",
        "date",
        "申込日",
        required=True,
        era="令和",
        **{name: {"cells": {"box": box, "count": 2}} for name, box in parts.items()},
    )
    lines = (
        "私（納税義務者等）は、次の市税等を口座振替の方法により納付したいので、下記の事項を確約のうえ依頼します。",
        "なお、振替日に預金残高が不足する場合は、口座振替をされなくても異議はありません。",
    )
    for n, line in enumerate(lines):
        pen.text(LEFT, 40 + n * 4.2, line, 7.8)


def _payer(pen: Pen, form: Definition, y: float) -> None:
    pen.text(LEFT, y - 2.4, "■ 納税義務者等（納税通知書のあて名の方）", 8.5, font="ipagothic")
    pen.label(Box(LEFT, y, 30, 9), "通知書番号", 8.5)
    pen.frame(Box(LEFT + 30, y, RIGHT - LEFT - 30, 9))
    cells = pen.cells(Box(LEFT + 33, y + 1.2, 66, 6.6), 10)
    form.field(
        "notice_number", "digits", "通知書番号", required=True, cells={"box": cells, "count": 10}
    )
    pen.text(cells.right + 3, y + 4.5, "※納税通知書の右上にある10桁の番号", 6.5)

    pen.label(Box(LEFT, y + 9, 30, 7.5), "フリガナ", 7.5)
    form.field(
        "payer_kana",
        "kana",
        "納税義務者フリガナ",
        required=True,
        box=inner(pen.frame(Box(LEFT + 30, y + 9, 92, 7.5))),
    )
    pen.label(Box(LEFT, y + 16.5, 30, 13), "氏名・名称", 9)
    form.field(
        "payer",
        "name",
        "納税義務者氏名",
        required=True,
        box=inner(pen.frame(Box(LEFT + 30, y + 16.5, 92, 13))),
    )
    pen.label(Box(LEFT + 122, y + 9, 16, 20.5), "生年\n月日", 8)
    pen.frame(Box(LEFT + 138, y + 9, 44, 20.5))
    eras = pen.words(LEFT + 140.5, y + 13.2, ("大正", "昭和", "平成"), 5, 8)
    parts = {}
    for n, (name, word) in enumerate((("year", "年"), ("month", "月"), ("day", "日"))):
        x = LEFT + 139.5 + n * 14.2
        parts[name] = Box(x, y + 18.2, 9.8, 9)
        pen.text(x + 11.9, y + 23, word, 8.5, "center")
    form.field("birth_date", "date", "納税義務者生年月日", era={"circle": eras}, **parts)

    pen.label(Box(LEFT, y + 29.5, 30, 17), "住所・所在地", 8.5)
    cell = pen.frame(Box(LEFT + 30, y + 29.5, RIGHT - LEFT - 30, 17))
    pen.text(cell.x + 1.5, cell.y + 4.3, "〒", 9)
    first = pen.cells(Box(cell.x + 6.5, cell.y + 1.2, 16.5, 6.2), 3)
    pen.text(first.right + 1.8, cell.y + 4.3, "-", 9, "center")
    second = pen.cells(Box(first.right + 3.6, cell.y + 1.2, 22, 6.2), 4)
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
        box=Box(cell.x + 1, cell.y + 8, cell.width - 2, 8.6),
    )
    pen.label(Box(LEFT, y + 46.5, 30, 9), "電話番号", 8.5)
    cell = pen.frame(Box(LEFT + 30, y + 46.5, RIGHT - LEFT - 30, 9))
    x, parts = cell.x + 6, {}
    for name, width in (("area", 26), ("exchange", 26), ("subscriber", 30)):
        parts[name] = Box(x, cell.y + 0.6, width, 7.8)
        x += width
        if name != "subscriber":
            pen.text(x + 3, cell.y + 4.5, "－", 9, "center")
        x += 6
    pen.text(cell.right - 2, cell.y + 4.5, "（日中連絡のとれる番号）", 6.5, "right")
    form.field("phone", "phone", "電話番号", **parts)


def _taxes(pen: Pen, form: Definition, y: float) -> None:
    pen.text(
        LEFT,
        y - 2.4,
        "■ 口座振替を希望する税目（該当する欄を黒く塗りつぶしてください）",
        8.5,
        font="ipagothic",
    )
    pen.label(Box(LEFT, y, 30, 22), "税  目", 9)
    pen.frame(Box(LEFT + 30, y, RIGHT - LEFT - 30, 22))
    places = [(LEFT + 34 + (n % 2) * 76, y + 4 + (n // 2) * 7, tax) for n, tax in enumerate(TAXES)]
    form.field(
        "taxes",
        "choices",
        "税目",
        required=True,
        mark="fill",
        options=pen.ticks(places, 8.5, 3.2, round_=True),
    )
    pen.label(Box(LEFT, y + 22, 30, 10), "振替方法", 9)
    pen.frame(Box(LEFT + 30, y + 22, 76, 10))
    ways = pen.ticks(
        ((LEFT + 34, y + 27, "期別ごと"), (LEFT + 66, y + 27, "全期前納")), 8.5, 3.2, round_=True
    )
    form.field("payment", "choice", "振替方法", required=True, mark="fill", options=ways)
    pen.label(Box(LEFT + 106, y + 22, 22, 10), "振替開始", 8.5)
    pen.frame(Box(LEFT + 128, y + 22, RIGHT - LEFT - 128, 10))
    pen.text(LEFT + 130, y + 27, "令和", 8.5)
    year = pen.cells(Box(LEFT + 139, y + 23.6, 12, 6.8), 2)
    pen.text(LEFT + 153.2, y + 27, "年", 8.5, "center")
    month = pen.cells(Box(LEFT + 156, y + 23.6, 12, 6.8), 2)
    pen.text(LEFT + 169, y + 27, "月分から", 8)
    form.field(
        "starts",
        "month",
        "振替開始希望",
        era="令和",
        year={"cells": {"box": year, "count": 2}},
        month={"cells": {"box": month, "count": 2}},
    )
    pen.text(LEFT, y + 35.4, "※申込みの受付から開始まで、おおむね１か月半かかります。", 6.8)


def _bank(pen: Pen, form: Definition, y: float) -> None:
    pen.text(LEFT, y - 2.4, "■ 指定口座（銀行・信用金庫・農業協同組合等）", 8.5, font="ipagothic")
    pen.label(Box(LEFT, y, 30, 13), "金融機関名", 8.5)
    bank = pen.frame(Box(LEFT + 30, y, 58, 13))
    pen.text(bank.right - 1.2, bank.y + 4, "銀行・金庫", 6, "right")
    pen.text(bank.right - 1.2, bank.y + 9, "組合・農協", 6, "right")
    branch = pen.frame(Box(LEFT + 88, y, 50, 13))
    pen.text(branch.right - 1.2, branch.y + 4, "本店・支店", 6, "right")
    pen.text(branch.right - 1.2, branch.y + 9, "出張所・支所", 6, "right")
    seal = pen.frame(Box(LEFT + 138, y, RIGHT - LEFT - 138, 39), 0.5)
    pen.text(seal.x + seal.width / 2, seal.y + 3.4, "金融機関お届け印", 7.5, "center")
    pen.line(seal.x, seal.y + 6.6, seal.right, seal.y + 6.6, 0.2)
    pen.text(seal.x + seal.width / 2, seal.bottom - 2.6, "（鮮明に押印してください）", 6, "center")
    pen.label(Box(LEFT, y + 13, 30, 9), "金融機関コード", 7)
    pen.frame(Box(LEFT + 30, y + 13, 58, 9))
    bank_code = pen.cells(Box(LEFT + 33, y + 14.2, 28, 6.6), 4)
    pen.label(Box(LEFT + 88, y + 13, 20, 9), "店コード", 7.5)
    pen.frame(Box(LEFT + 108, y + 13, 30, 9))
    branch_code = pen.cells(Box(LEFT + 111, y + 14.2, 21, 6.6), 3)
    pen.label(Box(LEFT, y + 22, 30, 8), "預金種目", 8.5)
    pen.frame(Box(LEFT + 30, y + 22, 46, 8))
    kinds = pen.ticks(
        ((LEFT + 34, y + 26, "普通"), (LEFT + 54, y + 26, "当座")), 8.5, 3.2, round_=True
    )
    pen.label(Box(LEFT + 76, y + 22, 14, 8), "口座番号", 6.5)
    pen.frame(Box(LEFT + 90, y + 22, 48, 8))
    number = pen.cells(Box(LEFT + 91.5, y + 22.9, 45.5, 6.2), 7)
    pen.text(LEFT + 91.5, y + 32.1, "※右詰めで記入", 5.8)
    pen.label(Box(LEFT, y + 30, 30, 9), "口座名義\n（カナ）", 7.5)
    holder = pen.frame(Box(LEFT + 30, y + 30, 60, 9))
    pen.frame(Box(LEFT + 90, y + 30, 48, 9))
    pen.label(Box(LEFT, y + 39, 30, 12), "口座名義人\n氏    名", 8)
    form.field(
        "holder_name",
        "name",
        "口座名義人氏名",
        required=True,
        box=inner(pen.frame(Box(LEFT + 30, y + 39, 108, 12))),
    )
    pen.frame(Box(LEFT + 138, y + 39, RIGHT - LEFT - 138, 12))
    pen.text(LEFT + 140, y + 43, "納税義務者と異なる場合の続柄", 5.8)
    form.field(
        "holder_relation",
        "text",
        "名義人の続柄",
        box=Box(LEFT + 141, y + 44.4, 38, 6.2),
        values=["本人", "配偶者", "父", "母", "子", "代表者"],
    )
    form.field(
        "account",
        "bank_account",
        "指定口座",
        bank=Box(bank.x + 0.5, bank.y + 0.5, bank.width - 15, 12),
        bank_code={"cells": {"box": bank_code, "count": 4}},
        branch=Box(branch.x + 0.5, branch.y + 0.5, branch.width - 16, 12),
        branch_code={"cells": {"box": branch_code, "count": 3}},
        account_kind={"mark": "fill", "options": kinds},
        number={"cells": {"box": number, "count": 7, "align": "right"}},
        holder=inner(holder),
    )
    form.field(
        "bank_seal",
        "seal",
        "金融機関お届け印",
        required=True,
        box=Box(seal.x + 8, seal.y + 8.5, seal.width - 16, 24),
    )


def _post_office(pen: Pen, form: Definition, y: float) -> None:
    pen.text(
        LEFT,
        y - 2.4,
        "■ ゆうちょ銀行を利用する場合は、こちらに記入してください",
        8.5,
        font="ipagothic",
    )
    pen.label(Box(LEFT, y, 30, 12), "通帳記号・番号", 7.5)
    pen.frame(Box(LEFT + 30, y, RIGHT - LEFT - 30, 12))
    pen.text(LEFT + 33, y + 6, "記号", 7.5)
    symbol = pen.cells(Box(LEFT + 41, y + 2.4, 33, 7.2), 5)
    pen.text(LEFT + 80, y + 6, "番号", 7.5)
    number = pen.cells(Box(LEFT + 88, y + 2.4, 52.8, 7.2), 8)
    pen.text(LEFT + 144, y + 6, "（番号は右詰め）", 6.5)
    form.field("post_symbol", "digits", "ゆうちょ記号", cells={"box": symbol, "count": 5})
    form.field(
        "post_number", "digits", "ゆうちょ番号", cells={"box": number, "count": 8, "align": "right"}
    )


def _foot(pen: Pen, form: Definition, y: float) -> None:
    notes = (
        "［確約事項］",
        "１ 貴店へ納付書等が送付されたときは、私に通知することなく、記載の"
        "金額を上記の口座から引き落としのうえ納付してください。",
        "２ 当座勘定規定または預金規定にかかわらず、当座小切手の振出しまたは預金通帳及び払戻請求書の提出はしません。",
        "３ この契約は、貴店が必要と認めた場合には、私に通知することなく解除されても異議はありません。",
    )
    for n, note in enumerate(notes):
        pen.text(LEFT, y + n * 3.8, note, 6.6)
    top = y + 17
    columns = (
        (30, "受付日付印"),
        (30, "検印"),
        (30, "印鑑照合"),
        (46, "不備返却事由"),
        (46, "市処理欄"),
    )
    pen.text(LEFT, top - 1.4, "（金融機関・市使用欄）", 6)
    x = LEFT
    for width, title in columns:
        pen.label(Box(x, top + 0.8, width, 4.4), title, 6.5)
        pen.frame(Box(x, top + 5.2, width, 16))
        x += width
    form.silent(
        Box(LEFT, top + 0.8, x - LEFT, 20.4), "金融機関・市使用欄(受付日付印・検印・市処理欄)"
    )
    reasons = ("１ 印鑑相違", "２ 口座番号相違", "３ 名義人相違", "４ その他")
    for n, reason in enumerate(reasons):
        pen.text(LEFT + 92, top + 7.6 + n * 3.6, reason, 6)
    pen.text(RIGHT, 289.5, "鹿島市 税務課 収納係  電話 0954-63-2116", 7, "right")


def _rules(form: Definition) -> None:
    form.check("postal_code_matches_address", ["postal_code", "address"])
    form.check("branch_matches_bank", ["account"])
    form.check("date_order", ["birth_date", "applied_on"])
    form.deliver(
        "excel",
        "ledgers/口座振替_{fiscal_year}.xlsx",
        sheet="受付",
        columns={
            "受付日": "received_on",
            "申込日": "applied_on:wareki",
            "通知書番号": "notice_number",
            "氏名": "payer",
            "フリガナ": "payer_kana",
            "住所": "address",
            "税目": "taxes",
            "振替方法": "payment",
            "開始": "starts",
            "口座": "account",
            "届出印": "bank_seal",
            "受付番号": "record_id",
        },
    )
    form.deliver("csv", "ledgers/core/account_transfer.csv", encoding="cp932", zone="lgwan")
