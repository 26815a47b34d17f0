"""The sample office: Kashima City, as samples/site.toml has it. The program itself knows no city."""

from __future__ import annotations

from pathlib import Path

from records.site import Office, load_site

SAMPLES = Path(__file__).resolve().parents[1] / "samples"

KASHIMA: Office = load_site(SAMPLES).office

_TEXT = (SAMPLES / "site.toml").read_text(encoding="utf-8")
OFFICE_TOML = _TEXT[_TEXT.index("[office]") : _TEXT.index("[intake]")]
"""The same as site.toml has it."""
