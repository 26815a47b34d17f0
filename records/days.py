"""What day it is at the office. The only place in records, ocr and connectors that asks the clock.

A container lives in UTC, where the Japanese day begins at nine in the morning, and a sheet may be
read days after it came in. So whatever depends on a day is given one: the day of receipt.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo

TIMEZONE = "Asia/Tokyo"


def now(zone: str = TIMEZONE) -> dt.datetime:
    """The time, aware, in an office's zone (``timezone`` in site.toml)."""
    return dt.datetime.now(zoneinfo.ZoneInfo(zone))


def today(zone: str = TIMEZONE) -> dt.date:
    """The date in an office's zone."""
    return now(zone).date()


def is_zone(zone: str) -> bool:
    """True where the system knows a time zone of that name."""
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
