"""What all tests share."""

from __future__ import annotations

import os

os.environ["DO_NOT_TRACK"] = "1"
os.environ.pop("TORIKOMI_SITE", None)  # a developer's own site must never be touched by a test
os.environ.pop("PREFECT_API_URL", None)
