"""What costs seconds is made once: the engines, the blanks, and one reader over the sample
office."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from ocr.engines.ppocr import PpOcr
from ocr.place.blank import Blank, load_blanks
from ocr.reader import Reader
from records.formloading import load_form, load_forms
from records.forms import FormDef
from records.site import IntakeSettings, ReadingSettings
from tests.kashima import KASHIMA
from tests.ocr.drawnpages import SAMPLES


@pytest.fixture(scope="session")
def engine() -> PpOcr:
    return PpOcr(2)


@pytest.fixture(scope="session")
def sample_forms() -> Mapping[str, FormDef]:
    """The sample office's forms, and its two variants as ``<id>_v<version>``."""
    forms = load_forms(SAMPLES / "forms")
    variants = [
        load_form(path.parent) for path in sorted((SAMPLES / "variants").glob("*/form.toml"))
    ]
    assert len(forms) == 5
    assert len(variants) == 2
    return forms | {f"{form.id}_v{form.version}": form for form in variants}


@pytest.fixture(scope="session")
def blank_of(sample_forms: Mapping[str, FormDef]) -> Callable[[str], Blank]:
    """First page's blank of one of :func:`sample_forms`, loaded once."""
    loaded: dict[str, Blank] = {}

    def blank(name: str) -> Blank:
        if name not in loaded:
            loaded[name] = load_blanks(sample_forms[name])[0]
        return loaded[name]

    return blank


@pytest.fixture(scope="session")
def reader(sample_forms: Mapping[str, FormDef]) -> Reader:
    """Reads what the sample office receives."""
    forms = {name: form for name, form in sample_forms.items() if form.id == name}
    return Reader(forms, KASHIMA, ReadingSettings(), IntakeSettings())
