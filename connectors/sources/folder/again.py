"""A document is read again because a person asks for it."""

from __future__ import annotations

import datetime as dt

from connectors.sources.folder.claim import Claimed
from connectors.sources.folder.keep import discard, take_back
from records.journal import DocumentRow, Journal
from records.site import Site


def read_again(
    journal: Journal,
    site: Site,
    row: DocumentRow,
    *,
    forms: tuple[str, ...],
    at: dt.datetime,
    who: str,
    form: str = "",
) -> Claimed | None:
    """Bring a document's original back and put it into the queue.

    Where a better scan lies in the place of the failed one, that is a new document which names the
    one before.

    Args:
        forms: ids of the office's forms.
        form: the form that a person says it is, or empty.

    Returns:
        what will be read; its ``before`` names ``row``'s document where the bytes are new. None
        where the original is nowhere.

    Raises:
        DocumentError: the archived original is not what it was, or a later state of the file came.
        ServiceError: a folder cannot be read or written.
    """
    claimed = take_back(
        row.sha256,
        work=site.work,
        archive_root=site.archive,
        failed_root=site.failed,
        forms=forms,
    )
    if claimed is None:
        return None
    if claimed.sha256 == row.sha256:
        journal.documents.retry(row.sha256, at, who, form, claimed.token)
        return claimed
    answer = journal.documents.receive(
        claimed.sha256,
        claimed.name,
        claimed.size,
        at,
        token=claimed.token,
        channel=claimed.channel,
        form=form or claimed.form,
    )
    journal.documents.reopen(claimed.sha256, row.sha256, at, who)
    if answer == "duplicate":
        discard(claimed, site.work, site.archive, at.date())
    return claimed
