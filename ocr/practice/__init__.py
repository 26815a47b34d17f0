"""Practice sheets: a form's blank, filled by made-up people in many hands and damaged as scanners
and FAX do.

The way of a sheet: ``people`` (who) → ``answers`` (typed truth) → ``fill`` (ink, drawn by
``hands``) → ``damage`` (scanner, photo, FAX) → ``write`` (files). :func:`practice_sheets` composes
it and works for any form with a blank.
"""

from __future__ import annotations

from ocr.practice.practicesheets import PracticeSheet, practice_sheets

__all__ = ["PracticeSheet", "practice_sheets"]
