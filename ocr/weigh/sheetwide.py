"""All fields of a sheet weighed: each by itself, then those that speak of one thing together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from ocr.office.taught import NOTHING, Learned
from ocr.seen import Seen
from ocr.weigh.likely import likely
from ocr.weigh.people import name_pairs, name_with_kana, weigh_holders
from ocr.weigh.postcodes import weigh_postcodes
from ocr.weigh.priors import expectations
from ocr.weigh.priors.asked import Asked
from ocr.weigh.spelling import smoothed
from ocr.weigh.voicing import doubt_voicing
from ocr.weigh.weighing import value_key, weigh
from records.forms import FieldDef, FormDef
from records.normalise.names import fold
from records.site import Office


def refine(
    form: FormDef,
    seen: Mapping[str, Mapping[str, Seen]],
    office: Office,
    learned: Learned = NOTHING,
) -> dict[str, dict[str, Seen]]:
    """Weigh every field's texts by what the field, its neighbours and the office make likely.

    Args:
        seen: by field, then by part (``""`` for a simple field).
        learned: what the office's people taught.

    Returns:
        The same, with texts in new order, their posterior shares, and the features ``gap`` and
        ``prior``; where what was learned counts, ``lift`` (log weight that it gave) and
        ``overruled`` (how far the text lies behind without it).
    """
    made = {
        name: alone(form, form.fields[name], parts, office, learned) for name, parts in seen.items()
    }
    return together(form, made, office, learned)


def alone(
    form: FormDef,
    item: FieldDef,
    parts: Mapping[str, Seen],
    office: Office,
    learned: Learned = NOTHING,
) -> dict[str, Seen]:
    """The first half of :func:`refine`: one field by itself. Ink may be read again here, so it pays
    to do fields side by side."""
    return {
        part: _one(form, item, part, look, parts, office, learned) for part, look in parts.items()
    }


def together(
    form: FormDef, made: dict[str, dict[str, Seen]], office: Office, learned: Learned = NOTHING
) -> dict[str, dict[str, Seen]]:
    """The second half of :func:`refine`: fields that speak of one thing are weighed together;
    changes and returns ``made``."""
    for kana, name in name_pairs(form):
        if kana in made and name in made:
            both = name_with_kana(made[name].get(""), made[kana].get(""), learned)
            if both:
                made[name][""], made[kana][""] = both
    weigh_holders(form, made)
    weigh_postcodes(form, made, office)
    doubt_voicing(form, made, learned.names if learned else None)
    return made


def _one(
    form: FormDef,
    item: FieldDef,
    part: str,
    look: Seen,
    parts: Mapping[str, Seen],
    office: Office,
    learned: Learned,
) -> Seen:
    """One place by itself."""
    if look.empty or look.scorer is None or not look.texts[0][0]:
        return _smoothed_only(item, look)
    era = parts["era"].text if "era" in parts else (item.era.fixed if item.era else "")
    read = [t for t, _ in look.texts]
    asked = Asked(item, part, era, read, office)
    extra, prior = expectations(asked)
    listed = likely(form, item, part, read)
    extra = [*extra, *listed.near]
    key = value_key(item.kind, part)
    if not learned:
        by_list = listed.lift if listed else None
        return _by_language(item, part, weigh(look, extra, prior, key, by_list))
    more, with_names = expectations(replace(asked, table=learned.names))

    def lift(text: str) -> float:
        taught = learned.lift(form.id, item, part, text)
        return with_names(text) - prior(text) + taught + listed.lift(text)

    corrections = learned.corrections(form.id, item, part, [*read[:3], *extra[:16]])
    return _by_language(item, part, weigh(look, [*extra, *more], prior, key, lift, corrections))


def _by_language(item: FieldDef, part: str, look: Seen) -> Seen:
    """What language gives to a text beside the one that was read is against that one; it does not
    make it surer than any other."""
    if part or not item.traits.is_prose or "@" in look.text:
        return look
    return replace(
        look, features={**look.features, "prior": min(0.0, look.features.get("prior", 0.0))}
    )


def _smoothed_only(item: FieldDef, look: Seen) -> Seen:
    if not item.traits.spans_lines or look.empty or look.features.get("textlayer"):
        return look  # what was typed is not to be respelled
    texts: dict[str, float] = {}
    plainer = fold if item.kind != "name" else str
    for text, share in look.texts:
        made = plainer(smoothed(text))
        if item.kind == "lines":
            made = _GAP.sub("", made)
        texts[made] = texts.get(made, 0.0) + share
    return replace(look, texts=tuple(sorted(texts.items(), key=lambda t: -t[1])))


_GAP = re.compile(r"(?<=[^\x00-\x7f])[ \u3000]+(?=[^\x00-\x7f])")
"""A gap between two Japanese characters of running text: behind a full stop most people leave
one."""
