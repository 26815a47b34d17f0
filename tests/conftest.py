"""What all tests share."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

os.environ["DO_NOT_TRACK"] = "1"
os.environ.pop("TORIKOMI_SITE", None)  # a developer's own site must never be touched by a test
os.environ.pop("PREFECT_API_URL", None)

# A busy machine is no finding: how long an example takes to make or to run says nothing about the
# code.
settings.register_profile("torikomi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("torikomi")
