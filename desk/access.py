"""Who may see what: forms by department, pages by role. Everything that shows a sheet asks here."""

from __future__ import annotations

from collections.abc import Mapping

from desk.people import EVERY, User
from records.forms import FormDef
from records.journal import DocumentRow, Journal


def may_review(user: User) -> bool:
    return "staff" in user.roles


def may_audit(user: User) -> bool:
    return bool(user.roles & {"it", "secretariat"})


def may_manage(user: User) -> bool:
    return "it" in user.roles


def forms_of(user: User, forms: Mapping[str, FormDef]) -> dict[str, FormDef]:
    """The forms whose sheets the person may see: those of their departments, and those that belong to none."""
    if not may_review(user):
        return {}
    return {
        name: form for name, form in forms.items()
        if EVERY in user.departments or not form.department or form.department in user.departments
    }


def sees_document(user: User, row: DocumentRow, forms: Mapping[str, FormDef], journal: Journal) -> bool:
    """True where the person may know of a document: it is of their forms, they sent it in, or they keep the intake going.

    What could not be told to be of any form is seen by those who sent it, by those who see all departments, and by IT.
    """
    own = forms_of(user, forms)
    if may_manage(user) or (may_review(user) and EVERY in user.departments):
        return True
    if row.form:
        return row.form in own
    if row.state == "read":
        return any(record.line.form in own for record in journal.records_of(row.sha256))
    return any(True for _ in journal.events(kind="uploaded", document=row.sha256, actor=user.name, limit=1))
