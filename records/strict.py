"""Strict TOML: every key is taken exactly once, and what nobody took is refused with its file and
line."""

from __future__ import annotations

import datetime as dt
import difflib
import math
import re
import tomllib
from collections.abc import Collection, Container, Iterable, Mapping
from pathlib import Path
from typing import Any

from records.errors import DefinitionError

_MISSING: Any = object()

_TYPE_NAMES = {
    str: "文字列",
    int: "整数",
    float: "数",
    bool: "true か false",
    list: "並び [ ]",
    dict: "表 { }",
    dt.date: "日付(例 2025-04-01)",
}


def perhaps(written: str, names: Collection[str]) -> str:
    """The end of a message that names what may have been meant; empty where nothing is near."""
    near = difflib.get_close_matches(written, names, 1)
    if not near:
        return ""
    return f"。「{near[0]}」のことですか"


def no_such_key(key: str, known: Collection[str]) -> str:
    """The message about a key that is none of those known."""
    return f"「{key}」というキーはありません{perhaps(key, known)}"


class Section:
    """One TOML table being read. Take keys with :meth:`take`, then call :meth:`done`.

    Args:
        data: the parsed table.
        path: the file it came from.
        source: the file's text, used only to find line numbers.
        line: 1-based line where the table starts, where known.
        name: what the table is called in messages, such as ``field applicant``.
    """

    def __init__(
        self,
        data: Mapping[str, Any],
        path: Path | None,
        source: str,
        line: int | None = None,
        name: str = "",
    ) -> None:
        self.data = dict(data)
        self.path = path
        self.source = source
        self.line = line
        self.name = name
        self._known: list[str] = []

    def fail(self, message: str, key: str = "", allowed: Iterable[str] = ()) -> DefinitionError:
        """A :class:`DefinitionError` that points at ``key`` in this table; the caller raises it."""
        return DefinitionError(
            f"{self.name}: {message}" if self.name else message,
            path=self.path,
            line=self.line_of(key),
            key=key,
            allowed=tuple(allowed),
        )

    def line_of(self, key: str) -> int | None:
        """1-based line of ``key`` at or after the start of this table; the table's own line where
        it is not found."""
        if not key or not self.source:
            return self.line
        pattern = re.compile(
            rf"(?:^|[\s{{,]){re.escape(key)}\s*=|^\s*\[+[^\]]*\b{re.escape(key)}\]+"
        )
        for number, text in enumerate(self.source.splitlines(), 1):
            if number >= (self.line or 1) and pattern.search(text):
                return number
        return self.line

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = _MISSING) -> Any:
        """The value of ``key``, checked to be of ``kind``; ints pass as floats.

        Raises:
            DefinitionError: the key is missing and has no default, or its type is wrong.
        """
        self._known.append(key)
        if key not in self.data:
            if default is _MISSING:
                raise self.fail(f"「{key}」がありません", key)
            return default
        value = self.data[key]
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if float in kinds and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if isinstance(value, float) and math.isnan(value):
            raise self.fail(f"「{key}」は数で書いてください(今は {value!r})", key)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            names = "または".join(_TYPE_NAMES.get(k, k.__name__) for k in kinds)
            raise self.fail(f"「{key}」は{names}で書いてください(今は {value!r})", key)
        return value

    def one_of(self, key: str, allowed: Iterable[str], default: Any = _MISSING) -> str:
        """A string that must be one of ``allowed``."""
        value = self.take(key, str, default)
        names = tuple(allowed)
        if value not in names and value != default:
            hint = perhaps(value, names)
            raise self.fail(f"「{key}」の「{value}」は使えません{hint}", key, names)
        return str(value)

    def strings(self, key: str, default: Any = _MISSING) -> tuple[str, ...]:
        """A list of strings as a tuple."""
        value = self.take(key, list, default)
        if any(not isinstance(v, str) for v in value):
            raise self.fail(f"「{key}」は文字列の並びで書いてください", key)
        return tuple(value)

    def positive(self, key: str, default: Any = _MISSING, kind: type = float) -> Any:
        value = self.take(key, kind, default)
        if value is not None and not 0 < value < math.inf:
            raise self.fail(f"「{key}」は0より大きい数にしてください(今は {value})", key)
        return value

    def sub(self, key: str, default: Any = _MISSING, name: str = "") -> Section | None:
        """The table under ``key``; None where it is absent and ``default`` is None."""
        value = self.take(key, dict, default)
        if value is None:
            return None
        return Section(
            value, self.path, self.source, self.line_of(key), name or f"{self.name} {key}".strip()
        )

    def subs(self, key: str) -> list[Section]:
        """The tables of an array of tables under ``key`` (``[[key]]``), each knowing its own
        line."""
        values = self.take(key, list, [])
        lines = self._header_lines(key)
        sections = []
        for index, value in enumerate(values):
            if not isinstance(value, dict):
                raise self.fail(f"「{key}」は [[{key}]] の表で書いてください", key)
            label = str(
                value.get("name")
                or value.get("code")
                or value.get("rule")
                or value.get("to")
                or index + 1
            )
            line = lines[index] if index < len(lines) else self.line_of(key)
            sections.append(Section(value, self.path, self.source, line, f"{key} {label}"))
        return sections

    def _header_lines(self, key: str) -> list[int]:
        prefix = r"[\w.]+\." if self.name else ""
        pattern = re.compile(rf"^\s*\[\[\s*{prefix}{re.escape(key)}\s*\]\]")
        # Of nested arrays of tables, those of this table come after its own line.
        start = self.line or 1
        found = []
        for n, text in enumerate(self.source.splitlines(), 1):
            if n >= start and pattern.search(text):
                found.append(n)
        return found

    def done(self) -> None:
        """Refuse what nobody took.

        Raises:
            DefinitionError: names each unknown key, its line, the likeliest meant key and all
            allowed ones.
        """
        unknown = [self._unknown(key) for key in self.data if key not in self._known]
        if unknown:
            raise DefinitionError.of_all(unknown)

    def _unknown(self, key: str) -> DefinitionError:
        return self.fail(no_such_key(key, self._known), key, self._known)

    def rest(self) -> dict[str, Any]:
        """What nobody took. Whoever gets it refuses what it does not know, or a typo passes."""
        return {key: value for key, value in self.data.items() if key not in self._known}

    def without(self, keys: Container[str]) -> Section:
        """The same table, unread, without some of its keys."""
        data = {key: value for key, value in self.data.items() if key not in keys}
        return Section(data, self.path, self.source, self.line, self.name)


def load_toml(path: Path) -> Section:
    """Read a TOML file into a :class:`Section`.

    Raises:
        DefinitionError: the file is missing, not UTF-8, or not TOML.
    """
    try:
        source = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DefinitionError("ファイルがありません。torikomi init で作れます", path=path) from None
    except UnicodeDecodeError:
        raise DefinitionError(
            "文字コードがUTF-8ではありません。UTF-8で保存し直してください", path=path
        ) from None
    try:
        data = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else None
        raise DefinitionError(
            f"TOMLの書き方に誤りがあります({error})", path=path, line=line
        ) from None
    return Section(data, path, source, 1)
