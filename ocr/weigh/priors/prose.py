"""Running text: Japanese, however it is spelled, or a mail address."""

from __future__ import annotations

from ocr.weigh import language
from ocr.weigh.figures import oddness, spellings
from ocr.weigh.mail import mail_prior, mail_spellings
from ocr.weigh.priors.asked import Asked, Expected
from ocr.weigh.priors.personal import old_forms
from ocr.weigh.spelling import smoothed, spelled
from records.normalise.names import fold


def prose_expected(asked: Asked) -> Expected:
    """Words and sentences of one's own."""
    read = asked.read
    if asked.item.kind == "text" and any("@" in text for text in read[:4]):
        return mail_spellings(read[:4]), mail_prior
    extra = [*spelled(read), *(fold(smoothed(t)) for t in read[:4]), *spellings(read[:4])]
    return extra, language.Speech(read[0], _spelling, language.places_of(asked.office))


def _spelling(text: str) -> float:
    """Log by which the spelling of running text is the less likely."""
    odd = 0.0 if text == smoothed(text) else -2.0
    return odd - 2.5 * old_forms(text) + oddness(text)
