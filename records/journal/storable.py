"""Text as every database holds it."""

from __future__ import annotations

import re

import sqlalchemy as sa

_UNSTORABLE = re.compile("[\ud800-\udfff\x00]")


def plain(text: str) -> str:
    """``text`` without what a database cannot hold: NUL and lone surrogates (undecodable names of
    files and folders) become U+FFFD."""
    return _UNSTORABLE.sub("�", text)


class StorableText(sa.TypeDecorator[str]):
    """Text of which nothing is left that a database refuses, whoever wrote it, and wherever it is
    compared."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """What is stored."""
        return None if value is None else plain(value)
