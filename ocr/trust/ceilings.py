"""The most that p may be of a value, whatever the model says: what no fitted weight can know."""

from __future__ import annotations

from collections.abc import Mapping

from ocr.weigh.counting import uncounted
from ocr.weigh.figures import doubtful, lacking
from ocr.weigh.mail import DOMAINS
from ocr.weigh.nearnames import known_name
from ocr.weigh.twins import doubtful_letters
from records.kinds import KINDS, UNKNOWN

NET_OBJECTS = 0.7
"""Natural log by which the digit network would rather read something else: from here on its
objection counts."""

UNREAD_TWIN = 0.75
"""A name with a letter whose other form is read as this one (:mod:`ocr.weigh.twins`) is shown: 髙 and 﨑
as 高 and 崎, 栁 as 柳, 𠮷 as 吉."""


LONGEST_NAME = 8
"""A text of so many characters may be a name: 高橋 太郎."""

STRANGE_DOMAIN = 0.75
"""Nothing tells whether exqmple.jp or example.jp is meant: of 12 mail addresses that went unseen
three were wrong, all in the domain."""


OVER_THE_READER = 0.75
"""Running text that language or spelling had to argue for against what was read (``gap``, natural
log, or a character that was hardly believed): of 223 such readings above no bar 69 were right. So
is a date of the sheet itself that is years off: 5 of 11."""

VOICELESS = 0.75
"""A name in kana that has a twin with one voice mark more (:mod:`ocr.weigh.voicing`): of 66 such
readings 37 were wrong, among them most of the surest wrong ones."""

UNFITTED = 0.9
"""The most that p may be of vertical writing, decimal points and letters, on which nothing was
fitted yet. Below the bar of an office that allows one wrong value in a hundred; whatever the bar, none of it
goes unseen (:meth:`Trust.needs_no_eyes`). Of 102 shares that trust would have let pass on practice
sheets two had lost their point (6.9 as 69)."""
OBJECTED = 0.5
"""Natural log by which language would rather have other numbers or signs than the ink: 21時終7."""

UNEXPLAINED: Mapping[str, float] = {"over": 0.45, "bare": 0.6, "loose": 0.05, "apart": 0.3}
"""Ink of a free line that no letter of its text explains, heights of a letter, from which the text
is shown (:mod:`ocr.weigh.letterwidths`). Of 1,742 jottings 49 had loose ink and were wrong, 4 were
right."""

_ARGUED, _HARDLY, _YEARS_OFF = 2.0, 0.05, -5.0


def ceiling(kind: str, text: str, features: Mapping[str, float]) -> float:
    """The most that p may be, whatever the model says of the features."""
    traits = KINDS.get(kind, UNKNOWN)
    most = 0.9 if features.get("net_gap", 0.0) > NET_OBJECTS else 1.0
    if is_unfitted(kind, features):
        most = min(most, UNFITTED)
    if "@" in text and not features.get("textlayer") and text.rpartition("@")[2] not in DOMAINS:
        most = min(most, STRANGE_DOMAIN)
    argued = traits.is_prose and (
        features.get("gap", 0.0) > _ARGUED or features.get("weakest", 1.0) < _HARDLY
    )
    named = kind == "name" or (
        kind == "text" and len(text) <= LONGEST_NAME and known_name(text) >= 2
    )
    unsaid = traits.is_prose and not features.get("textlayer")
    unsaid = unsaid and (
        features.get("unsaid", 0.0) > 0
        or features.get("objection", 0.0) > OBJECTED
        or features.get("meant", 0.0) > 0
        or (doubtful(text) and not named)
        or (bool(features.get("free")) and _is_short_of_ink(text, features, named))
        or uncounted(text)
    )
    if features.get("voiceless"):
        most = min(most, VOICELESS)
    if argued or unsaid or (kind == "date" and features.get("prior", 0.0) <= _YEARS_OFF):
        most = min(most, OVER_THE_READER)
    if named and not features.get("textlayer") and any(c in doubtful_letters() for c in text):
        most = min(most, UNREAD_TWIN)
    return most


def _is_short_of_ink(text: str, features: Mapping[str, float], named: bool) -> bool:
    """True where a free line seems to lack a letter: by its ink, or by how it is spelled."""
    unexplained = any(features.get(fact, 0.0) > most for fact, most in UNEXPLAINED.items())
    return unexplained or (lacking(text) and not named)


def is_unfitted(kind: str, features: Mapping[str, float]) -> bool:
    """What no model was fitted on: vertical writing, decimal points, and whatever stands, or was not
    found, in a letter without a layout."""
    has_point = KINDS.get(kind, UNKNOWN).has_fraction and not features.get("empty")
    of_letter = bool(features.get("letter"))
    is_unfitted = bool(features.get("vertical")) or has_point or of_letter
    return is_unfitted and not features.get("textlayer")
