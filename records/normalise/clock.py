"""Times of day: ``14:30``, 午後2時30分, 14時半, 2:30 PM."""

from __future__ import annotations

import re
from collections.abc import Mapping

from records.forms import FieldDef
from records.normalise.common import Normalised, empty, half, problem, squeezed, tidy
from records.normalise.numerals import to_int
from records.types import Problem

_NUMBER = "[0-9〇零一二三四五六七八九十]{1,3}"
_TIME = re.compile(
    rf"(?P<half>午前|午後|AM|PM|A\.M\.|P\.M\.)?(?P<hour>{_NUMBER})(?:時|[:.;・]|(?=[AP])|$)"
    rf"(?:(?P<minute>{_NUMBER})(?:分|(?=[AP])|$)|(?P<thirty>半))?(?P<after>AM|PM|A\.M\.|P\.M\.)?[.。]*$",
    re.IGNORECASE,
)

_APART = re.compile(r"^([0-9]{1,2})\s+([0-5][0-9])$")
"""Two numbers with nothing but a blank between them: the colon was too light."""


def time(field: FieldDef, text: str, parts: Mapping[str, str]) -> Normalised:
    """An ISO time ``14:30``. Problems: ``not_a_time``; with a value ``partial`` (no minutes),
    ``half_day`` (午後14時)."""
    hour, minute = (tidy(parts.get(key, "")) for key in ("hour", "minute"))
    raw = f"{hour}:{minute}" if hour or minute else tidy(text)
    if not raw:
        return empty(field)
    if not squeezed(half(raw)).strip(":-時分"):
        return empty(field)
    line = (
        squeezed(_APART.sub(r"\1:\2", half(raw).strip())).replace("正午", "12:00").rstrip("頃ごろ")
    )
    if re.fullmatch("[0-9]{4}", line):
        line = f"{line[:2]}:{line[2:]}"
    match = _TIME.match(line.replace("時:", ":").replace("分:", ":").rstrip(":"))
    value, problems = _value(match) if match else (None, [])
    if value is None:
        return Normalised(
            raw,
            (
                problem(
                    "not_a_time", f"「{raw}」は時刻として読めません。用紙を見て入力してください"
                ),
            ),
        )
    return Normalised(value, tuple(problems))


def _value(match: re.Match[str]) -> tuple[str | None, list[Problem]]:
    hour = to_int(match["hour"])
    minute: int | None = 0
    if match["thirty"]:
        minute = 30
    elif match["minute"]:
        minute = to_int(match["minute"])
    if hour is None or minute is None:
        return None, []
    is_past_midnight = (hour, minute) > (24, 0)
    if is_past_midnight or minute > 59:
        return None, []
    problems = []
    if not match["minute"] and not match["thirty"] and "時" not in match[0]:
        problems.append(problem("partial", f"分がありません。{hour}時ちょうどとしました"))
    name = (match["half"] or match["after"] or "").upper().replace(".", "")
    if name and hour > 12:
        problems.append(problem("half_day", f"午前・午後と{hour}時が合いません。確認してください"))
    elif name in ("午後", "PM") and hour < 12:
        hour += 12
    elif name in ("午前", "AM") and hour == 12:
        hour = 0
    return f"{hour:02d}:{minute:02d}", problems
