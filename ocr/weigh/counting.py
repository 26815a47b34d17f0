"""Numbers and what they count, in running text: one of the two is easily lost.

A thin 1 leaves a scan altogether (午後1時から → 午後時から), a bracket is taken for one ((仮称)森公園 →
1仮称森公園), and the wave between two times is too light to be seen (10:00~12:00 → 10:0012:00). What
is left can be read, but nobody writes it.
"""

from __future__ import annotations

import functools
import re
import threading
from typing import Any

_FULL = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}

_TIMES = re.compile(
    r"午[前後][時分]|[0-9]{1,2}:[0-9]{3,}|[0-9]{3,}:[0-9]{2}|時[0-9]{1,2}時|年[0-9]{1,2}日"
)
"""An hour without its number, times that run into each other, a day without its month."""

_COUNTERS = frozenset("本台個枚脚張冊回件泊匹杯着足袋箱")
"""Counters that end no compound: 参加者名 and 外国人 are words, 消火器本 is none."""

_taggers = threading.local()


def uncounted(text: str) -> bool:
    """True where a number seems to lack what it counts, or a counter its number."""
    plain = "".join(text.split())
    return bool(_TIMES.search(plain)) or _lone(plain)


@functools.lru_cache(maxsize=4096)
def _lone(text: str) -> bool:
    """True for a counter right behind a noun, and for a single 1 before a word that counts
    nothing."""
    tokens = [("", "記号"), *_parsed(text)]
    for place in range(1, len(tokens)):
        word, kind = tokens[place]
        before, kind_before = tokens[place - 1]
        behind_noun = kind_before.startswith("名詞") and not kind_before.startswith("名詞,数")
        is_last = place == len(tokens) - 1
        if is_last and word in _COUNTERS and behind_noun:
            return True
        if before == "１" and kind.startswith("名詞,") and _counts_nothing(kind):
            earlier = tokens[place - 2][1] if place > 1 else ""
            if not earlier.startswith(("接頭詞", "名詞,数")):
                return True
    return False


def _counts_nothing(kind: str) -> bool:
    return not kind.startswith(("名詞,数", "名詞,接尾,助数詞"))


def _parsed(text: str) -> list[tuple[str, str]]:
    """Words in full width, each with its part of speech by IPADIC."""
    tagger: Any = getattr(_taggers, "tagger", None)
    if tagger is None:
        import ipadic
        import MeCab

        form = r' -F "%m\t%f[0],%f[1],%f[2]\n" -U "%m\t%f[0],%f[1],%f[2]\n" -E ""'
        tagger = _taggers.tagger = MeCab.Tagger(ipadic.MECAB_ARGS + form)
    lines = str(tagger.parse(text.translate(_FULL)) or "").splitlines()
    pairs = [line.split("\t") for line in lines if "\t" in line]
    return [(word, kind) for word, kind in pairs]
