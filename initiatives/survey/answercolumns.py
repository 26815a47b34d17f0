"""The columns of the sheets that departments fill in: one table that the template and the reader
share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from initiatives.vocabulary import BASES, KINDS, ORIGINS, PII_LEVELS, VERDICTS

Form = Literal["text", "names", "count", "number", "percent", "seconds", "choice", "day"]
"""What a cell holds: text; names set apart by 、; a whole number; a number; a share in percent;
stopwatch samples in seconds, set apart by 、; one of the choices; a day, however it is typed."""


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """One column: its key, its title, and what may stand in it. ``hint`` stands under the title."""

    key: str
    title: str
    form: Form = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    hint: str = ""
    width: float = 14


SURVEY_SHEET = "業務調査票"
INQUIRY_SHEET = "各課照会"
ACTUAL_SHEET = "実績"

SURVEY: tuple[AnswerColumn, ...] = (
    AnswerColumn("code", "番号", hint="空欄なら取り込みで付けます", width=10),
    AnswerColumn("title", "業務名", required=True, hint="例 ○○申請書の入力", width=26),
    AnswerColumn("department", "担当課", required=True, hint="課の名前", width=14),
    AnswerColumn("co_departments", "連携課", "names", hint="複数は 、 で区切る", width=14),
    AnswerColumn("kind", "区分", "choice", True, KINDS, width=9),
    AnswerColumn("current_issue", "現状と課題", hint="困っていること", width=32),
    AnswerColumn("content", "取組内容", hint="どう変えるか", width=32),
    AnswerColumn("expected_effect", "期待する効果", width=24),
    AnswerColumn("origin", "きっかけ", "choice", choices=tuple(o for o in ORIGINS if o), width=13),
    AnswerColumn("law_basis", "根拠法令", width=16),
    AnswerColumn("systems", "関係システム", "names", hint="複数は 、 で区切る", width=16),
    AnswerColumn("pii_level", "個人情報", "choice", True, PII_LEVELS, width=13),
    AnswerColumn("retention_years", "保存年限(年)", "count", width=9),
    AnswerColumn("volume", "年間件数", "count", True, hint="枚", width=9),
    AnswerColumn("minutes", "1件の時間(分)", "number", hint="実測なら空欄", width=10),
    AnswerColumn("basis", "時間の根拠", "choice", True, BASES, "実測は秒数を右に", 9),
    AnswerColumn("samples", "計測した秒数", "seconds", hint="3件以上を 、 で区切る", width=20),
    AnswerColumn("fields", "1枚の項目数", "count", hint="記入欄の数", width=9),
    AnswerColumn("layouts", "様式の種類数", "count", width=9),
    AnswerColumn("handwriting", "手書きの割合(%)", "percent", hint="0〜100", width=10),
    AnswerColumn("born_digital", "電子で届く割合(%)", "percent", hint="0〜100", width=10),
    AnswerColumn(
        "error_cost",
        "誤りの影響",
        "choice",
        choices=("小", "中", "大"),
        hint="大=金額・権利に関わる",
        width=10,
    ),
)
"""One task a row: what registers it, its baseline, and what its suitability is estimated from."""

INQUIRY: tuple[AnswerColumn, ...] = (
    AnswerColumn("code", "番号", required=True, width=10),
    AnswerColumn("title", "取組", width=28),
    AnswerColumn("department", "担当課", width=14),
    AnswerColumn("minutes", "1件の時間(分)", "number", hint="計り直したときだけ", width=11),
    AnswerColumn("basis", "時間の根拠", "choice", choices=BASES, width=9),
    AnswerColumn("samples", "計測した秒数", "seconds", hint="3件以上を 、 で区切る", width=20),
    AnswerColumn("preparation", "準備(秒/件)", "number", hint="変わったときだけ", width=10),
    AnswerColumn("upkeep", "維持管理(分/月)", "number", hint="変わったときだけ", width=10),
    AnswerColumn("review", "この期の振り返り", width=44),
    AnswerColumn("grade", "評価", width=7),
    AnswerColumn("verdict", "今後", "choice", choices=tuple(v for v in VERDICTS if v), width=9),
)
"""One registered initiative a row; only what is filled in changes anything."""

ACTUAL: tuple[AnswerColumn, ...] = (
    AnswerColumn("code", "番号", required=True, width=10),
    AnswerColumn("kpi", "指標", required=True, width=30),
    AnswerColumn("year", "年度", required=True, hint="例 R7", width=8),
    AnswerColumn("unit", "単位", width=8),
    AnswerColumn("value", "実績", "number", width=10),
    AnswerColumn("basis", "根拠", "choice", choices=BASES, width=9),
    AnswerColumn("source", "出典", width=30),
)
"""One KPI that nobody can compute and one fiscal year a row; rows without a value are left out."""

SHEETS: Mapping[str, tuple[AnswerColumn, ...]] = {
    SURVEY_SHEET: SURVEY,
    INQUIRY_SHEET: INQUIRY,
    ACTUAL_SHEET: ACTUAL,
}
