"""Names of people and firms: kept letter for letter (髙, 﨑, ① and ㈱ survive), folded only for
comparison."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

from records.forms import FieldDef
from records.normalise.common import Normalised, empty, limited, problem, squeezed, tidy
from records.normalise.kana import spaced

_ODD = re.compile(r"[|_~=<>{}\[\]\\^`\"*+#$%;:!?□■〓◯〇�0-9０-９]")
_LATIN = re.compile(r"(?<=[A-Za-zＡ-Ｚａ-ｚ.,])\s+(?=[A-Za-zＡ-Ｚａ-ｚ])")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")


def name(field: FieldDef, text: str) -> Normalised:
    """A name as written, never NFKC'd: outer blanks go, one full-width space stays between family
    and given name.

    Blanks between Latin words stay plain ones; letters that all stand alone, as from cells, are
    joined.

    Problems: ``odd_character`` (a mark or digit that names do not have; a firm's field can allow it
    by ``charset``), ``gaiji`` (a character of the office's private area).
    """
    raw = tidy(text)
    if not raw:
        return empty(field)
    value = (
        " ".join(raw.split())
        if raw.isascii()
        else spaced(_LATIN.sub("\x00", raw)).replace("\x00", " ")
    )
    problems = []
    odd = "".join(dict.fromkeys(_ODD.findall(value)))
    if odd and not all(c in field.charset for c in odd):
        problems.append(
            problem("odd_character", f"氏名に「{odd}」があります。用紙を見て確認してください")
        )
    if _PRIVATE.search(value):
        problems.append(problem("gaiji", "氏名に外字があります。正しい字か確認してください"))
    return limited(field, value, problems)


def name_key(text: str) -> str:
    """A key equal for two spellings of one name: no blanks, no variation selectors, the usual form
    of each letter.

    Only for comparison: it is never stored.
    """
    bare = squeezed(unicodedata.normalize("NFKC", _SELECTORS.sub("", text))).casefold()
    return re.sub("[・･.,、。'’-]", "", fold(bare))


def fold(text: str) -> str:
    """``text`` with each letter in its usual form (髙 as 高), as many letters as before."""
    return text.translate(_variants())


@lru_cache(maxsize=1)
def _variants() -> dict[int, str]:
    """Code point of a variant → usual form, from ``variants.txt``."""
    table = {}
    for line in (files(__package__) / "variants.txt").read_text(encoding="utf-8").splitlines():
        usual, *others = line.split() if not line.startswith("#") else ("",)
        for other in others:
            if len(other) == 1 and other != usual:
                table[ord(other)] = usual
    return table


def variants_of(letter: str) -> str:
    """The other forms of a letter (高 髙; 辺 邉 邊): what a reader may take it for, and an office
    must not."""
    return _groups().get(letter, "").replace(letter, "")


@lru_cache(maxsize=1)
def _groups() -> dict[str, str]:
    groups: dict[str, str] = {}
    for line in (files(__package__) / "variants.txt").read_text(encoding="utf-8").splitlines():
        letters = (
            "" if line.startswith("#") else "".join(part for part in line.split() if len(part) == 1)
        )
        for letter in letters:
            groups[letter] = groups.get(letter, "") + letters
    return groups
