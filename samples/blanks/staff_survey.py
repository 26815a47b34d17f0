"""職員アンケート: a page of marks in matrices, on two pages, with one free answer."""

from __future__ import annotations

from pathlib import Path

from blanks.kit import Definition, Pen, inner
from records.types import Box

LEFT, RIGHT = 14.0, 196.0

HEAD = {
    "id": "staff_survey",
    "title": "業務効率化に関する職員アンケート",
    "version": 1,
    "department": "総務課",
    "initiative": "EFF-04",
    "retention_years": 3,
    "zone": "lgwan",
    "wrong_per_unseen": 0.01,
}

SCALE = ("そう思う", "やや思う", "どちらともいえない", "あまり思わない", "思わない")
TOOLS = (
    "RPAの操作研修は業務に役立った",
    "AI-OCRの読み取り結果は信頼できる",
    "紙の書類は以前より減った",
    "同じ内容を二度入力する作業が減った",
    "手作業の転記の誤りが減った",
    "業務の手順書は整備されている",
    "困ったときの相談先がわかる",
)
PLACES = (
    "窓口の待ち時間は短くなった",
    "電話での問い合わせは減った",
    "申請書の記入漏れは減った",
    "他課への照会は楽になった",
    "会議の時間は短くなった",
    "休暇は取りやすくなった",
)
WORKS = (
    "データの手入力",
    "書類の確認・審査",
    "照会・回答のとりまとめ",
    "窓口・電話対応",
    "資料の印刷・製本",
    "郵送の封入・発送",
)
HOURS = ("なし", "10時間未満", "10～20時間", "20～30時間", "30時間以上")


def draw(folder: Path) -> None:
    """Draw blank.pdf and write form.toml."""
    pen = Pen(folder / "blank.pdf", "職員アンケート", body="gothic")
    form = Definition(
        HEAD, [["職員アンケート", "業務効率化", "問１"], ["職員アンケート", "問６", "自由記述"]]
    )
    _top(pen, form)
    _matrix(
        pen,
        form,
        74,
        "問２",
        "次の各項目について、最も近いものを一つ塗りつぶしてください。",
        TOOLS,
        "q2",
        "fill",
    )
    _matrix(
        pen,
        form,
        152,
        "問３",
        "この１年の変化について、最も近いものに一つレ印を付けてください。",
        PLACES,
        "q3",
        "check",
    )
    _circles(pen, form, 226)
    pen.text(RIGHT, 289, "１／２ページ（裏面に続きます）", 7, "right")
    pen.next_page()
    _second(pen, form)
    form.deliver("excel", "ledgers/職員アンケート_{fiscal_year}.xlsx", sheet="回答")
    pen.save()
    form.write(folder / "form.toml", "samples/draw_blanks.py が様式と一緒に書いたもの。座標は mm")


def _top(pen: Pen, form: Definition) -> None:
    pen.text(105, 15, "業務効率化に関する職員アンケート", 16, "center", "bold")
    pen.text(
        LEFT,
        24,
        "総務課では、業務の効率化（RPA・AI-OCR等）の効果と課題を把握するため、全職員を対象にアンケートを行います。",
        7.8,
    )
    pen.text(
        LEFT,
        28.6,
        "回答は統計的に処理し、個人が特定される形で公表することはありません。黒のペン又は鉛筆で記入してください。",
        7.8,
    )
    pen.label(Box(LEFT, 33, 24, 8), "職員番号", 8)
    pen.frame(Box(LEFT + 24, 33, 44, 8))
    cells = pen.cells(Box(LEFT + 26, 34, 36, 6), 6)
    form.field("staff_number", "digits", "職員番号", cells={"box": cells, "count": 6})
    pen.label(Box(LEFT + 68, 33, 20, 8), "所属", 8)
    form.field(
        "section",
        "text",
        "所属",
        box=inner(pen.frame(Box(LEFT + 88, 33, 94, 8))),
        lexicon="sections.csv#課名",
    )
    pen.text(
        LEFT,
        46.5,
        "問１  あなたについて、あてはまるものを一つずつ○で囲んでください。",
        9,
        font="bold",
    )
    rows = (
        ("age_band", "年代", ("10代", "20代", "30代", "40代", "50代", "60代以上")),
        (
            "position",
            "職位",
            ("主事・技師", "主任・主査", "係長", "課長補佐", "課長以上", "会計年度任用職員"),
        ),
    )
    for n, (name, label, options) in enumerate(rows):
        y = 50.0 + n * 8.5
        pen.label(Box(LEFT, y, 24, 8.5), label, 8.5)
        pen.frame(Box(LEFT + 24, y, RIGHT - LEFT - 24, 8.5))
        form.field(
            name,
            "choice",
            label,
            mark="circle",
            options=pen.words(LEFT + 30, y + 4.25, options, 9 if n == 0 else 5.2, 9),
        )


def _matrix(
    pen: Pen,
    form: Definition,
    y: float,
    number: str,
    question: str,
    rows: tuple[str, ...],
    prefix: str,
    mark: str,
) -> None:
    """Rows of statements with five places to mark each."""
    pen.text(LEFT, y - 2.6, f"{number}  {question}", 9, font="bold")
    width, first = 22.0, LEFT + 72
    pen.label(Box(LEFT, y, 72, 8), "項  目", 8)
    for n, word in enumerate(SCALE):
        pen.label(
            Box(first + n * width, y, width, 8),
            word if len(word) < 8 else "どちらとも\nいえない",
            6.8,
        )
    for row, statement in enumerate(rows, 1):
        top = y + 8 + (row - 1) * 8.6
        pen.label(Box(LEFT, top, 72, 8.6), f"（{row}）{statement}", 8, None, align="left")
        options = {}
        for n, word in enumerate(SCALE):
            cell = pen.frame(Box(first + n * width, top, width, 8.6))
            size = (5.4, 3.4) if mark == "fill" else (4.2, 4.2)
            place = Box(cell.x + (width - size[0]) / 2, cell.y + (8.6 - size[1]) / 2, *size)
            if mark == "fill":
                pen.ellipse(place, 0.25)
                pen.text(
                    place.x + place.width / 2,
                    place.y + place.height / 2,
                    str(5 - n),
                    6,
                    "center",
                    gray=0.5,
                )
            else:
                pen.frame(place, 0.25)
            options[word] = place
        form.field(
            f"{prefix}_{row}", "choice", f"{number}（{row}）{statement}", mark=mark, options=options
        )


def _circles(pen: Pen, form: Definition, y: float) -> None:
    pen.text(
        LEFT,
        y - 2.6,
        "問４  １か月の時間外勤務はどれくらいですか。数字を一つ○で囲んでください。",
        9,
        font="bold",
    )
    pen.frame(Box(LEFT, y, RIGHT - LEFT, 10))
    options, x = {}, LEFT + 5
    for n, word in enumerate(HOURS, 1):
        place = Box(x, y + 2, 6, 6)
        pen.text(x + 3, y + 5, str(n), 10, "center")
        x = x + 7 + pen.text(x + 7, y + 5, word, 8.5) + 7
        options[word] = place
    form.field("overtime", "choice", "時間外勤務", mark="circle", options=options)
    y += 18
    pen.text(
        LEFT,
        y - 2.6,
        "問５  満足度を 0（不満）から 10（満足）の数字で答えてください。○で囲んでください。",
        9,
        font="bold",
    )
    pen.frame(Box(LEFT, y, RIGHT - LEFT, 11))
    options = {}
    for n in range(11):
        x = LEFT + 10 + n * 15.5
        pen.text(x + 3.5, y + 5.5, str(n), 11, "center")
        options[str(n)] = Box(x, y + 2, 7, 7)
    form.field("satisfaction", "choice", "満足度", mark="circle", options=options)
    pen.text(
        LEFT, y + 15, "回収期限：令和８年２月27日（金）  提出先：総務課 職員係（庁内便可）", 7.5
    )


def _second(pen: Pen, form: Definition) -> None:
    pen.text(LEFT, 13, "職員アンケート（裏面）", 10, font="bold")
    pen.text(
        LEFT,
        22,
        "問６  次の業務に１週間でかかる時間（おおよそ）を数字で記入してください。",
        9,
        font="bold",
    )
    for n, work in enumerate(WORKS):
        y = 26.0 + n * 9
        pen.label(Box(LEFT, y, 72, 9), f"（{n + 1}）{work}", 8.5, None, align="left")
        pen.frame(Box(LEFT + 72, y, 40, 9))
        hours = Box(LEFT + 76, y + 0.8, 22, 7.4)
        pen.text(LEFT + 104, y + 4.5, "時間", 8.5, "center")
        form.field(
            f"q6_{n + 1}", "number", f"問６（{n + 1}）{work}", page=2, box=hours, min=0, max=40
        )
    pen.label(Box(LEFT + 114, 26, 68, 9), "合計（時間）", 8.5)
    total = pen.frame(Box(LEFT + 114, 35, 68, 14), 0.5)
    form.field("q6_total", "number", "問６合計", page=2, box=inner(total), min=0, max=240)
    form.check("sum", [f"q6_{n}" for n in range(1, 7)], total="q6_total")
    y = 92.0
    pen.text(
        LEFT,
        y - 2.6,
        "問７  自動化したい業務をいくつでも選び、□にレ印を付けてください。",
        9,
        font="bold",
    )
    pen.frame(Box(LEFT, y, RIGHT - LEFT, 28))
    wishes = (
        "申請書の入力",
        "台帳の突合・照合",
        "通知書の作成・発送",
        "集計表・統計の作成",
        "メールの振り分け",
        "会議録の作成",
        "勤怠・旅費の処理",
        "予算・決算の資料",
        "特にない",
    )
    places = [
        (LEFT + 5 + (n % 3) * 59, y + 5 + (n // 3) * 9, wish) for n, wish in enumerate(wishes)
    ]
    form.field(
        "wishes",
        "choices",
        "自動化したい業務",
        page=2,
        mark="check",
        options=pen.ticks(places, 8.5, 4),
    )
    y = 134.0
    pen.text(
        LEFT,
        y - 2.6,
        "問８  説明会への参加を希望する日をいくつでも塗りつぶしてください。",
        9,
        font="bold",
    )
    pen.frame(Box(LEFT, y, RIGHT - LEFT, 10))
    places = [
        (LEFT + 6 + n * 44, y + 5, day)
        for n, day in enumerate(("２月３日", "２月10日", "２月17日", "２月24日"))
    ]
    form.field(
        "days",
        "choices",
        "希望日",
        page=2,
        mark="fill",
        options=pen.ticks(places, 8.5, 3.4, round_=True),
    )
    y = 158.0
    pen.text(LEFT, y - 2.6, "問９  自由記述（業務の改善についてのご意見）", 9, font="bold")
    box = pen.frame(Box(LEFT, y, RIGHT - LEFT, 90))
    for n in range(1, 9):
        pen.line(box.x + 3, box.y + n * 10, box.right - 3, box.y + n * 10, 0.15, dash=True)
    form.field(
        "comment", "lines", "自由記述", page=2, box=Box(box.x + 2, box.y, box.width - 4, box.height)
    )
    pen.text(105, 262, "ご協力ありがとうございました。", 10, "center")
    pen.text(RIGHT, 289, "２／２ページ", 7, "right")
