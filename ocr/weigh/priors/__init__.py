"""What a place of a form is likely to hold, before anybody looks: a small file a group of kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ocr.weigh.priors import addresses, banking, dates, furigana, personal, phones, prose, shares
from ocr.weigh.priors.asked import WRONG, Asked, Expected
from records.normalise import normalise


def nothing_expected(asked: Asked) -> Expected:
    """Any text is as likely as any other."""
    return [], lambda text: 0.0


def sound_expected(asked: Asked) -> Expected:
    """A number that is right by its own rules: its check digit, its limits."""
    item, office = asked.item, asked.office
    return [], lambda text: -WRONG if normalise(item, text, office, {}).problems else 0.0


def listed_expected(asked: Asked) -> Expected:
    """One of the values that the form allows."""
    values = asked.item.values
    return list(values), lambda text: 0.0 if text in values else -6.0


BY_KIND: Mapping[str, Callable[[Asked], Expected]] = {
    "text": prose.prose_expected,
    "lines": prose.prose_expected,
    "name": personal.name_expected,
    "kana": furigana.kana_expected,
    "digits": nothing_expected,
    "number": sound_expected,
    "amount": sound_expected,
    "percent": shares.share_expected,
    "date": dates.date_expected,
    "month": nothing_expected,
    "time": dates.time_expected,
    "postal_code": addresses.postal_expected,
    "address": addresses.address_expected,
    "phone": phones.phone_expected,
    "my_number": sound_expected,
    "corporate_number": sound_expected,
    "bank_account": nothing_expected,
    "mark": nothing_expected,
    "choice": nothing_expected,
    "choices": nothing_expected,
    "seal": nothing_expected,
    "signature": nothing_expected,
    "code": nothing_expected,
}
"""For a field read in one piece."""

BY_PART: Mapping[str, Callable[[Asked], Expected]] = {
    "year": dates.year_expected,
    **dict.fromkeys(dates.RANGES, dates.number_expected),
    **dict.fromkeys(("area", "exchange", "subscriber"), phones.phone_part_expected),
    **dict.fromkeys(("first", "second"), addresses.postal_expected),
    **dict.fromkeys(("bank", "branch"), banking.bank_expected),
    "holder": furigana.kana_expected,
}
"""For a part of a composite field; of other parts nothing is expected."""


def expectations(asked: Asked) -> Expected:
    """What a place is likely to hold."""
    if asked.part:
        return BY_PART.get(asked.part, nothing_expected)(asked)
    if asked.item.values and not asked.item.traits.is_quantity:
        return listed_expected(asked)
    return BY_KIND[asked.item.kind](asked)
