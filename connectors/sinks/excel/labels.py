"""What the words of a cell say about its row: a total, a note, or something that is printed into
rows before anybody fills them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from connectors.sinks.excel.layout import key

_TOTALS = (
    *("件数", "総件数", "総数", "総額", "人数", "総人数", "延人数", "延べ人数", "実人数", "世帯数"),
    *(
        "平均",
        "平均値",
        "最大",
        "最大値",
        "最小",
        "最小値",
        "中央値",
        "合算",
        "集計",
        "総合",
        "全体",
    ),
    *(
        "残高",
        "差引",
        "差引額",
        "差引残高",
        "差額",
        "過不足",
        "繰越",
        "前月繰越",
        "次月繰越",
        "翌月繰越",
    ),
    *("次頁へ", "次頁へ続く", "次ページへ続く", "以上", "以下余白", "余白", "構成比", "前年比"),
    *("total", "totals", "subtotal", "grandtotal", "sum", "average", "count"),
)
_SUBTOTALS = ("小計", "月計", "日計", "週計", "累計", "頁計", "ページ計", "subtotal")
_SUMS = ("合計", "小計", "総計", "累計", "月計", "以下余白", "total")
_MEASURES = ("額", "金額", "件数", "数", "人数", "点数", "枚数", "時間", "面積", "欄", "行")
_NOTE = re.compile(
    r"^(?:※|＊|\*|[\[(【〔<]?(?:注|備考|注記|注意|凡例|出典|資料)[\])】〕>0-9:.、意記釈])"
)
_NOTE_WORDS = ("注", "注記", "注意", "注意事項", "備考", "凡例", "出典", "記入上の注意")
_BRACKETS = re.compile(r"[\[(【〔<][^\])】〕>]*[\])】〕>]")
_PREPARED = (
    *(
        "円",
        "千円",
        "件",
        "名",
        "人",
        "才",
        "歳",
        "番",
        "号",
        "年",
        "月",
        "日",
        "時",
        "分",
        "印",
        "様",
    ),
    *(
        "年月日",
        "年月",
        "月日",
        "時分",
        "平成年月日",
        "令和年月日",
        "昭和年月日",
        "平成",
        "令和",
        "昭和",
    ),
    *("男女", "有無", "可否", "はいいいえ", "済未", "要不要", "適否", "未", "false"),
)
_LONGEST_SUM = 8


def is_total(value: Any) -> bool:
    """Whether a text is the label of a total: it ends with 計 or is such a word, whatever stands in
    brackets behind it: 合計, 合計(円), 4月計, 件数, 差引残高."""
    if not isinstance(value, str):
        return False
    text = _bare(value)
    is_sum = text.endswith("計") and len(text) <= _LONGEST_SUM
    return is_sum or text in _TOTALS or is_surely_total(value)


def is_surely_total(value: Any) -> bool:
    """Whether a text can be nothing but the label of a total; a person may be called 計."""
    if not isinstance(value, str):
        return False
    text = _bare(value)
    start = next((word for word in _SUMS if text.startswith(word)), None)
    return text.endswith(_SUMS) or (start is not None and text.removeprefix(start) in _MEASURES)


def is_subtotal(value: Any) -> bool:
    """Whether a list may go on below such a total."""
    if not isinstance(value, str):
        return False
    text = _bare(value)
    return text.endswith(_SUBTOTALS) or text.startswith(("小計", "累計"))


def is_note(value: Any) -> bool:
    """Whether a text is a note: ※, (注), 注1), 備考:."""
    if not isinstance(value, str):
        return False
    text = key(value)
    return bool(_NOTE.match(text)) or text in _NOTE_WORDS or _bare(value) in _NOTE_WORDS


def leading_note(values: Iterable[Any]) -> str | None:
    """The note that a row is: the first that is written in it, from the left. A note behind other
    values is what somebody remarked about them."""
    written = (value for value in values if value is not None and not is_prepared(value))
    first = next(written, None)
    return first if isinstance(first, str) and is_note(first) else None


def is_prepared(value: Any) -> bool:
    """Whether a cell holds only what is printed into rows beforehand: a box, a stamp's place, a
    unit, FALSE of a check box."""
    if value is False:
        return True
    if not isinstance(value, str):
        return False
    letters = "".join(c for c in key(value) if unicodedata.category(c)[0] in "LN")
    return not letters or letters in _PREPARED


def _bare(text: str) -> str:
    """A label without brackets and signs: ``【合　計(円)】`` is 合計, and so is ``(合計)``."""
    plain = key(text)
    without = _BRACKETS.sub("", plain)
    return _letters(without) or _letters(plain)


def _letters(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c)[0] in "LN")
