"""What ends a request that may not go on; :mod:`desk.app` makes pages of it."""

from __future__ import annotations


class LoginNeeded(Exception):
    """Nobody is logged in."""


class NotHere(Exception):
    """The address leads nowhere, or to something that this person may not see: both look the same.

    Attributes:
        status: the HTTP status.
    """

    def __init__(
        self, message: str = "このページはないか、見る権限がありません", status: int = 404
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class Stale(NotHere):
    """The page belongs to a session that has ended; whoever has a new one may send it again."""

    def __init__(self) -> None:
        super().__init__("画面が古くなっています。開き直してからもう一度行ってください", 403)
