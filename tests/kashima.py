"""The sample office: Kashima City, as samples/site.toml has it. The program itself knows no city."""

from __future__ import annotations

from pathlib import Path

from records.site import Office, load_site

KASHIMA: Office = load_site(Path(__file__).resolve().parents[1] / "samples").office
