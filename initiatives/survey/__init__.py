"""業務調査票 and 各課照会: Excel out to the departments, answers back into ``strategy.toml``.

::

    write_survey / write_inquiry → departments fill in → read_answers (problems by file, sheet, cell) → to_toml → append

Answers are appended to the end of ``strategy.toml``, so that what the office wrote by hand, and its
comments, stay as they are.
"""

from __future__ import annotations

from initiatives.survey.answersheets import Misfit
from initiatives.survey.appending import append, roll_over, to_toml
from initiatives.survey.returned import Answers, read_answers
from initiatives.survey.template import write_inquiry, write_survey

__all__ = [
    "Answers",
    "Misfit",
    "append",
    "read_answers",
    "roll_over",
    "to_toml",
    "write_inquiry",
    "write_survey",
]
