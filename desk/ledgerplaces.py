"""Where a record's rows are: the ledgers that it goes to, and which of them may be opened here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.sinks import path_for
from desk import access
from desk.logins import User
from desk.opendesk import Desk
from records.errors import DefinitionError
from records.forms import DeliverDef, FormDef


@dataclass(frozen=True, slots=True)
class LedgerPlace:
    """One file that a record goes to.

    Attributes:
        path: absolute.
        is_there: it exists.
        can_open: a copy of it may be shown to the person: it holds only rows of forms whose sheets
        they may see, and no unmasked My Number.
    """

    path: Path
    is_there: bool
    can_open: bool


def places_of(desk: Desk, user: User, form: FormDef, received_on: dt.date) -> Sequence[LedgerPlace]:
    """The files of all deliveries of a form for sheets of one day of receipt."""
    found: dict[Path, LedgerPlace] = {}
    for delivery in form.deliveries:
        path = _path(desk, delivery, form, received_on)
        if path is not None:
            found.setdefault(
                path, LedgerPlace(path, path.is_file(), _may_open(desk, user, path, received_on))
            )
    return list(found.values())


def _may_open(desk: Desk, user: User, path: Path, received_on: dt.date) -> bool:
    """Whoever else writes into the file decides, too."""
    seen = access.forms_of(user, desk.forms)
    return all(
        form.id in seen and not delivery.my_number
        for form, delivery in _deliveries(desk.forms)
        if _path(desk, delivery, form, received_on) == path
    )


def _deliveries(forms: Mapping[str, FormDef]) -> Sequence[tuple[FormDef, DeliverDef]]:
    found = []
    for form in forms.values():
        found += [(form, delivery) for delivery in form.deliveries]
    return found


def _path(desk: Desk, delivery: DeliverDef, form: FormDef, received_on: dt.date) -> Path | None:
    try:
        return path_for(delivery, form, received_on, desk.site.folder.resolve())
    except DefinitionError:
        return None  # the form is closed for it, and says so elsewhere
