"""What is wrong with the blanks of an office's forms, for whoever runs or asks the program."""

from __future__ import annotations

from collections.abc import Iterable

from records.forms import FormDef
from records.site import Site


def blank_troubles(site: Site, forms: Iterable[FormDef], *, fonts: bool = True) -> list[str]:
    """Forms that are closed because of a damaged blank, and blanks that are not drawn as printed.

    Args:
        fonts: look at the fonts of the blanks too.

    Returns:
        Japanese lines; none where another reader than the program's own is set, which needs no
        blanks.
    """
    if site.reading.reader != "ocr":
        return []
    from ocr.place.blank import closed_message, load_all
    from ocr.place.blank_check import blank_warnings

    known = {form.id: form for form in forms}
    _, closed = load_all(known.values())
    lines = [closed_message(known[form], why) for form, why in closed.items()]
    if fonts:
        for form in known.values():
            lines += blank_warnings(form)
    return lines
