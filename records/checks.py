"""Named checks over the values of one sheet (``[[check]]`` in form.toml). A check says why, it never changes a value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from records.forms import FormDef
from records.site import Office
from records.types import Problem, Value


def run_checks(
    form: FormDef, values: Mapping[str, Value], office: Office, today: dt.date
) -> dict[str, list[Problem]]:
    """Run every check of ``form``.

    Args:
        form: the definition, with its checks.
        values: field name → normalised value; a missing name counts as empty.
        office: gives the town table.
        today: the day of receipt, for ages and deadlines.

    Returns:
        Field name → problems, only for fields that have any. The code of a problem is the name of its rule.
    """
    return {}
