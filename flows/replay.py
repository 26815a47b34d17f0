"""A reader that gives back what a file says, for tests of everything around the reading and for
trying out a site.

It is chosen like any other (``[reading] reader = "replay"`` in site.toml). A document is then a
JSON file::

    {"seconds": 0.05,
     "sheets": [{"form": "survey", "texts": {"name": "見本太郎", "age": "31"}, "doubtful": ["age"]},
                {"refuse": "blank", "message": "白紙です"}]}

or ``{"error": "truncated", "message": "ファイルが途中で切れています"}`` for a document that cannot
be read at all.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from connectors.files import sha256_of
from records.errors import DocumentError
from records.forms import FormDef
from records.normalise import normalise
from records.refusal import Refusal
from records.site import IntakeSettings, Office, ReadingSettings
from records.types import Box, Field, Place, Problem, Reading, Record

_DOUBT = Problem("replayed", "確認してください")


class Reader:
    """Gives back what documents say they would be read as."""

    def __init__(
        self,
        forms: Mapping[str, FormDef],
        office: Office,
        settings: ReadingSettings,
        limits: IntakeSettings,
    ) -> None:
        self._forms = forms
        self._office = office

    def read(
        self,
        path: Path,
        document: str = "",
        only: str = "",
        received_on: dt.date | None = None,
    ) -> Iterator[Record | Refusal]:
        """One item for each entry of ``sheets``, after an equal share of ``seconds``.

        Raises:
            DocumentError: the file is no such JSON, names a form that is not there, or says so
            itself.
        """
        document = document or sha256_of(path)
        told = self._load(path)
        if "error" in told:
            raise DocumentError(told["error"], told.get("message", "読めません"), path=path)
        sheets = told.get("sheets", [])
        for page, sheet in enumerate(sheets, 1):
            time.sleep(told.get("seconds", 0.0) / len(sheets))
            if "refuse" in sheet:
                error = DocumentError(
                    sheet["refuse"], sheet.get("message", "読めません"), path=path, pages=(page,)
                )
                yield Refusal((page,), error, sheet.get("nearest", ""))
            elif not only or sheet.get("form") == only:
                yield self._record(document, page, sheet, path, self._office.on(received_on))

    def page_marks(self, path: Path) -> Iterator[str]:
        """One mark for each entry of ``sheets``."""
        for sheet in self._load(path).get("sheets", []):
            yield json.dumps(sheet, sort_keys=True)

    def explain(self, path: Path) -> list[str]:
        """What the file says."""
        return [json.dumps(self._load(path), ensure_ascii=False)]

    def _record(
        self, document: str, page: int, sheet: Mapping[str, Any], path: Path, office: Office
    ) -> Record:
        form = self._forms.get(sheet.get("form", ""))
        if form is None:
            raise DocumentError(
                "no_form",
                f"「{path.name}」の様式「{sheet.get('form')}」はサイトにありません",
                path=path,
            )
        fields = {}
        for name, made in form.fields.items():
            text = str(sheet.get("texts", {}).get(name, ""))
            given = normalise(made, text, office)
            problems = (*given.problems, *((_DOUBT,) if name in sheet.get("doubtful", ()) else ()))
            fields[name] = Field(
                name,
                made.kind,
                text,
                given.value,
                float(sheet.get("p", 1.0)),
                problems,
                (Reading(text, None, "replay"),),
                made.area,
                made.page,
                unseen=not problems,
            )
        return Record(
            Record.id_of(document, page),
            document,
            (page,),
            form.id,
            form.version,
            1.0,
            fields,
            (),
            _strays(sheet.get("strays", ())),
        )

    @staticmethod
    def _load(path: Path) -> dict[str, Any]:
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, OSError):
            told = None
        if not isinstance(told, dict):
            raise DocumentError(
                "not_an_image", f"「{path.name}」は再生用のJSONではありません", path=path
            )
        return told


def _strays(boxes: Iterable[Sequence[float]]) -> tuple[Problem, ...]:
    """The problem of a sheet with notes on its first page, each [x, y, width, height] in mm."""
    places = tuple(Place(1, Box(*box)) for box in boxes)
    if places:
        return (Problem("stray_ink", "余白に書き込みがあります", places),)
    return ()
