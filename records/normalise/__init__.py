"""From the text that was read to the value that is kept.

One module per group of kinds. A normaliser takes OCR text as it comes (stray blanks, full width, any dash) and gives a
typed value and problems. It never fixes in silence: what had to be guessed is a :class:`records.types.Problem`, and a
text that cannot be a value of its kind stays the value as it was read.
"""

from __future__ import annotations

from collections.abc import Mapping

from records.forms import FieldDef
from records.normalise.alphabet import alphabet
from records.normalise.common import Normalised, empty, tidy
from records.site import Office

__all__ = ["Normalised", "alphabet", "normalise"]


def normalise(field: FieldDef, text: str, office: Office, parts: Mapping[str, str] = {}) -> Normalised:
    """Make the value of ``field`` from what was read.

    Args:
        field: the field's definition; its kind decides, its values, minimum, maximum, unit and charset limit.
        text: the text as read; for a composite field the composition of its parts.
        office: gives the area code and the town table.
        parts: texts of a composite field's parts by name (:data:`records.forms.PARTS`, and ``era`` for dates). Where
            any of them holds text, they are used instead of ``text``.

    Returns:
        The value and its problems. An empty field is None (False for ``mark``, ``seal`` and ``signature``), with the
        problem ``required`` where the form demands it.
    """
    tidied = tidy(text)
    return Normalised(tidied) if tidied else empty(field)
