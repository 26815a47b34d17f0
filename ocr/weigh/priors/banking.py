"""Names of banks and branches, of the 全銀 master."""

from __future__ import annotations

import functools

from rapidfuzz import fuzz, process

from ocr.weigh.priors.asked import Asked, Expected
from records.normalise.zengin import banks


def bank_expected(asked: Asked) -> Expected:
    """Names from the 全銀 master that look like what was read."""
    known = _bank_names(asked.part)
    extra = [
        str(hit[0])
        for text in asked.read[:2]
        for hit in process.extract(text, known, scorer=fuzz.ratio, limit=6, score_cutoff=45)
    ]
    table = set(known)
    tails = ("銀行", "信用金庫", "信金", "農協", "支店", "本店", "出張所")

    def prior(text: str) -> float:
        plain = "".join(text.split())
        for tail in tails:
            plain = plain.removesuffix(tail)
        return 0.0 if plain in table or text in table else -3.0

    return extra, prior


@functools.cache
def _bank_names(part: str) -> tuple[str, ...]:
    from zengin_code import Bank

    if part == "bank":
        gone = [former.name.removesuffix("銀行") for former in banks().former.values()]
        return tuple(dict.fromkeys((*(bank.name for bank in Bank.all.values()), *gone)))
    return tuple(
        dict.fromkeys(
            branch.name for bank in Bank.all.values() for branch in bank.branches.values()
        )
    )
