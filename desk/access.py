"""Who may see what: forms by department, pages by role. Everything that shows a sheet asks here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from desk.logins import EVERY, User
from initiatives.register import Initiative, Strategy
from records.forms import FormDef
from records.journal import DocumentRow, Journal
from records.site import Site


def may_review(user: User) -> bool:
    return "staff" in user.roles


def may_send(user: User) -> bool:
    """True where the person may put files into the intake."""
    return bool(user.roles & {"staff", "it"})


def may_audit(user: User) -> bool:
    return bool(user.roles & {"it", "secretariat"})


def may_manage(user: User) -> bool:
    return "it" in user.roles


def forms_of(user: User, forms: Mapping[str, FormDef]) -> dict[str, FormDef]:
    """The forms whose sheets the person may see: those of their departments, and those that belong
    to none."""
    if not may_review(user):
        return {}
    return {
        name: form
        for name, form in forms.items()
        if EVERY in user.departments or not form.department or form.department in user.departments
    }


def owners_of(row: DocumentRow, site: Site, forms: Mapping[str, FormDef]) -> frozenset[str]:
    """The departments to which the folder of the inbox belongs that a document came by: those that
    ``[desk.folders]`` of site.toml names for it, else the department that the folder is named
    after. Empty where it is everybody's, as the inbox itself mostly is."""
    named = site.desk.folders.get(row.channel or ".")
    if named is not None:
        return frozenset(named)
    departments = {form.department for form in forms.values() if form.department}
    if len(departments) == 1:
        return frozenset(departments)
    return frozenset({row.channel} & departments)


def sees_document(
    user: User, row: DocumentRow, forms: Mapping[str, FormDef], journal: Journal, site: Site
) -> bool:
    """True where the person may know of a document: it is of their forms, came by a folder of their
    department, was sent in by them, or they keep the intake going.

    What could not be told to be of any form and came by nobody's folder is seen by those who sent
    it, by those who see all departments, and by IT.
    """
    own = forms_of(user, forms)
    if may_manage(user) or (may_review(user) and EVERY in user.departments):
        return True
    if row.form:
        return row.form in own
    if may_review(user) and owners_of(row, site, forms) & user.departments:
        return True
    if row.state == "read":
        return any(record.line.form in own for record in journal.records.of(row.sha256))
    return any(
        True
        for _ in journal.chain.events(
            kind="uploaded", document=row.sha256, actor=user.name, limit=1
        )
    )


def may_tell(user: User, strategy: Strategy, initiative: Initiative, day: dt.date) -> bool:
    """True where the person may enter hand work for an initiative: staff of its departments on that
    day, and the secretariat."""
    if "secretariat" in user.roles:
        return True
    codes = (initiative.department, *initiative.co_departments)
    named = {strategy.department_on(code, day).name for code in codes} | {
        strategy.departments[code].name for code in codes
    }
    return may_review(user) and (EVERY in user.departments or bool(named & user.departments))


def sees_workers(user: User, form: str, told: bool, forms: Mapping[str, FormDef]) -> bool:
    """True where the person may see who did a piece of work: those who may see its sheets, and who
    may audit.

    Args:
        form: the form that the work was done on; empty for work on no form.
        told: the person may enter hand work for its initiative (:func:`may_tell`).
    """
    return may_audit(user) or (form in forms_of(user, forms) if form else told)
