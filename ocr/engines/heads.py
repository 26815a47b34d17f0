"""Small heads that read one script from what PP-OCR's recogniser saw of a line.

The recogniser's last layer tells some 6,800 characters apart. Where only digits or kana can stand,
most of what it says is about others: an open ``6`` is an ``L``, and what little belief is left for
digits says nothing. A head reads the same 120 numbers a step, knows only its own characters and
"another one", and was fitted together with the recogniser (``tools/train_recogniser.py``). It costs
half a millisecond a line, as the recogniser has run already.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ocr.decode.ctc import Alphabet, Decoded, decode, score_texts
from ocr.engines.glyphs import models_folder
from ocr.engines.ppocr import Looked, Probabilities
from ocr.engines.sessions import open_session

OTHER = "\u3013"
"""Stands for any character that a head does not know (〓, the geta mark)."""

_ENDING = "-head.onnx"

_SAME = str.maketrans(
    {
        "・": ".",
        "·": ".",
        "、": ",",
        "−": "-",
        "－": "-",
        "—": "-",
        "ヵ": "カ",
        "ヶ": "ケ",
        "ヮ": "ワ",
    }
)
"""Characters that the heads call by another's name."""


class _Spelling(dict[int, str | None]):
    """For ``str.translate``: how a head says each character; filled as characters come up."""

    def __init__(self, known: Mapping[str, int]) -> None:
        super().__init__()
        self._known = known

    def __missing__(self, code: int) -> str | None:
        character = chr(code).translate(_SAME)
        self[code] = said = (
            None if character.isspace() else character if character in self._known else OTHER
        )
        return said


class LineHead:
    """A head for one script; loaded on first use, once per object. Safe to share by threads.

    Args:
        name: ``digits`` or ``kana``.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loaded: Any = None

    @staticmethod
    def names() -> tuple[str, ...]:
        """The heads that there are."""
        return tuple(
            sorted(path.name.removesuffix(_ENDING) for path in models_folder().glob("*" + _ENDING))
        )

    @property
    def path(self) -> Path:
        """Where the model lies."""
        return models_folder() / f"{self._name}{_ENDING}"

    def _session(self) -> Any:
        with self._lock:
            if self._loaded is None:
                self._loaded = open_session(self.path, 1)
            return self._loaded

    @functools.cached_property
    def characters(self) -> tuple[str, ...]:
        """The character of each class; the first is the CTC blank, the last :data:`OTHER`."""
        return ("", *self._session().get_modelmeta().custom_metadata_map["characters"])

    @functools.cached_property
    def alphabet(self) -> Alphabet:
        return Alphabet(self.characters, None)

    def probabilities(self, looked: Looked) -> Probabilities:
        """Read a line.

        Args:
            looked: from :meth:`ocr.engines.ppocr.PpOcr.look`.

        Returns:
            Shape (time steps, len(characters)); each row sums to 1.
        """
        return np.asarray(self._session().run(None, {"looked": looked[None]})[0][0], np.float32)

    @functools.cached_property
    def _spelling(self) -> _Spelling:
        return _Spelling(self.alphabet.place)

    def spelled(self, text: str) -> str:
        """``text`` as the head would say it: every character that it does not know is another one;
        no blanks."""
        return text.translate(self._spelling)

    def score(self, believed: Probabilities, texts: Iterable[str]) -> dict[str, float]:
        """Natural log of the CTC probability of each text, blanks left out and unknown characters
        as "another one"."""
        wanted = {text: self.spelled(text) for text in texts}
        scored = score_texts(believed, self.alphabet, dict.fromkeys(wanted.values()))
        return {text: scored[own] for text, own in wanted.items()}

    def decode(self, believed: Probabilities) -> Decoded:
        """The head's own texts, best first; what it does not know is :data:`OTHER`."""
        return decode(believed, self.alphabet, self.characters, beam=8)
