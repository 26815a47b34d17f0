"""Who may log in: users with argon2 passwords, their sessions, and how often somebody guessed
wrong.

All of it is in ``desk.db`` in the site's folder, apart from the journal: a session is no event, and
the journal is append-only while a password changes. Several processes may share the file.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from desk.guesses import LANE_PACE, Guesses, Turns, keys_of
from records.errors import DefinitionError, DocumentError, ServiceError

ROLES: Final = {"staff": "課の職員", "secretariat": "事務局", "it": "情報担当"}
"""staff: sheets of their departments. secretariat: figures and audit of all. it: users, intake and
audit; no sheets."""

EVERY: Final = "*"
"""In a user's departments: all of them."""

_SHORTEST = 10
_LONGEST = 200
_AT_ONCE = 2
"""Passwords that are judged at a time: each takes 64 MiB, on purpose."""
_OLDEST_SESSION = 12 * 3600.0
_TABLES = """
CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, full_name TEXT NOT NULL, roles TEXT NOT NULL,
  departments TEXT NOT NULL, password TEXT NOT NULL, active INTEGER NOT NULL DEFAULT 1);
CREATE TABLE IF NOT EXISTS sessions (token TEXT PRIMARY KEY, user TEXT NOT NULL, csrf TEXT NOT NULL,
  outside INTEGER NOT NULL, created REAL NOT NULL, seen REAL NOT NULL);
CREATE TABLE IF NOT EXISTS guesses (key TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS guesses_key ON guesses (key, at);
CREATE TABLE IF NOT EXISTS places (user TEXT NOT NULL, address TEXT NOT NULL, PRIMARY KEY (user, address));
"""


@dataclass(frozen=True, slots=True)
class User:
    """One person.

    Attributes:
        name: what they log in with, and what stands as actor in the journal.
        departments: names as in form.toml; :data:`EVERY` for all.
    """

    name: str
    full_name: str
    roles: frozenset[str]
    departments: frozenset[str]
    active: bool = True

    def __post_init__(self) -> None:
        unknown = self.roles - ROLES.keys()
        if unknown:
            raise DefinitionError(
                f"役割「{'、'.join(sorted(unknown))}」はありません",
                key="role",
                allowed=tuple(ROLES),
            )
        if (
            not self.name
            or self.name != self.name.strip()
            or len(self.name) > 100
            or not self.name.isprintable()
        ):
            raise DefinitionError(
                "利用者名は、前後に空白のない100字までの文字にしてください", key="name"
            )

    @property
    def shown(self) -> str:
        return self.full_name or self.name


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is logged in.

    Attributes:
        id: names the session without opening it (a hash of its token).
        csrf: must come with everything that changes something.
        outside: opened by the office's own single sign-on.
    """

    id: str
    user: User
    csrf: str
    outside: bool


class People:
    """The users of one site.

    Args:
        path: the database file; made, readable by its owner only, where there is none.
        idle: seconds without a request after which a session ends.
        clock: seconds since the epoch.
        pace: seconds between two tries of strangers at an address from which much is guessed.
    """

    def __init__(
        self,
        path: Path,
        idle: float = 3600.0,
        clock: Callable[[], float] = time.time,
        pace: float = LANE_PACE,
    ) -> None:
        self._path = path
        self._idle = idle
        self._clock = clock
        self._hasher = PasswordHasher()
        self._memory = threading.BoundedSemaphore(_AT_ONCE)
        self._turns = Turns()
        self._guesses = Guesses(self._open, clock, pace)
        self._nobody = self._hasher.hash(secrets.token_hex(16))
        if not path.exists():
            path.touch(mode=0o600)
        with self._open() as db:
            db.executescript(_TABLES)
            db.execute("PRAGMA journal_mode=WAL")

    # --- users ------------------------------------------------------------------------------------

    def add(self, user: User, password: str) -> None:
        """Enter a new user.

        Raises:
            DefinitionError: the name is taken, or the password too weak.
        """
        hashed = self._hashed(user.name, password)
        with self._open() as db:
            if db.execute("SELECT 1 FROM users WHERE name=?", (user.name,)).fetchone():
                raise DefinitionError(
                    f"利用者「{user.name}」はもういます。別の名前にしてください", key="name"
                )
            db.execute(
                "INSERT INTO users VALUES (?,?,?,?,?,?)",
                (
                    user.name,
                    user.full_name,
                    _joined(user.roles),
                    _joined(user.departments),
                    hashed,
                    int(user.active),
                ),
            )

    def change(self, user: User) -> None:
        """Write a user's full name, roles, departments and whether they may log in; their sessions
        end."""
        self.one(user.name)
        with self._open() as db:
            db.execute(
                "UPDATE users SET full_name=?, roles=?, departments=?, active=? WHERE name=?",
                (
                    user.full_name,
                    _joined(user.roles),
                    _joined(user.departments),
                    int(user.active),
                    user.name,
                ),
            )
            db.execute("DELETE FROM sessions WHERE user=?", (user.name,))

    def set_password(self, name: str, password: str) -> None:
        """Give a new password; every session of the user ends.

        Raises:
            DocumentError: there is no such user.
            DefinitionError: the password is too weak.
        """
        self.one(name)
        hashed = self._hashed(name, password)
        with self._open() as db:
            db.execute("UPDATE users SET password=? WHERE name=?", (hashed, name))
            db.execute("DELETE FROM sessions WHERE user=?", (name,))
            anywhere, known = keys_of(name)
            counted = "DELETE FROM guesses WHERE key=? OR substr(key, 1, ?)=?"
            db.execute(counted, (anywhere, len(known), known))

    def all(self) -> list[User]:
        with self._open() as db:
            return [_user(row) for row in db.execute("SELECT * FROM users ORDER BY name")]

    def find(self, name: str) -> User | None:
        with self._open() as db:
            row = db.execute("SELECT * FROM users WHERE name=?", (name,)).fetchone()
        return _user(row) if row else None

    def one(self, name: str) -> User:
        """Raises:
        DocumentError: there is no such user.
        """
        user = self.find(name)
        if user is None:
            raise DocumentError(
                "unknown", f"利用者「{name}」はいません。torikomi user list で確かめてください"
            )
        return user

    # --- logging in -------------------------------------------------------------------------------

    def check(self, name: str, password: str, address: str) -> User | None:
        """The user whose password this is. Takes equally long whether or not there is such a user.

        Right passwords are never counted and never refused for what others did: however many log in
        at once, they wait for one another. Tries for one name are judged one after the other, so
        that many at once cannot slip by.

        Raises:
            TooManyGuesses: wrong too often in the last quarter of an hour for this name, at this
                address where the person has logged in from it before, else from anywhere else. Or
                so much is guessed from this address that strangers to it have to wait.
        """
        is_known = self._knows(name, address)
        key = f"user:{name[:100]}@{address}" if is_known else f"user:{name[:100]}"
        lane = contextlib.nullcontext() if is_known else self._guesses.lane(address)
        with lane, self._turns.of(name[:100]):
            self._guesses.refuse(key)
            user = self._judged(name, password)
            with self._open() as db:
                if user is None:
                    self._guesses.note(db, key, address)
                else:
                    db.execute("DELETE FROM guesses WHERE key=?", (key,))
                    db.execute("INSERT OR IGNORE INTO places VALUES (?,?)", (user.name, address))
        return user

    def open_session(self, user: User, *, outside: bool = False) -> tuple[str, Session]:
        """A new session: the token for the cookie, and the session. Only the token's hash is
        kept."""
        token = secrets.token_urlsafe(32)
        csrf = secrets.token_urlsafe(32)
        now = self._clock()
        session = Session(_hash(token), user, csrf, outside)
        with self._open() as db:
            db.execute(
                "DELETE FROM sessions WHERE seen < ? OR created < ?",
                (now - self._idle, now - _OLDEST_SESSION),
            )
            db.execute(
                "INSERT INTO sessions VALUES (?,?,?,?,?,?)",
                (session.id, user.name, csrf, int(outside), now, now),
            )
        return token, session

    def session(self, token: str) -> Session | None:
        """The session of a cookie, unless it has ended or its user may no longer log in."""
        now = self._clock()
        with self._open() as db:
            row = db.execute(
                "SELECT sessions.*, users.* FROM sessions JOIN users ON users.name = sessions.user "
                "WHERE token=? AND active=1 AND seen >= ? AND created >= ?",
                (_hash(token), now - self._idle, now - _OLDEST_SESSION),
            ).fetchone()
            if row is None:
                return None
            if now - row["seen"] > 60:  # not at every request: each write waits for the disk
                db.execute("UPDATE sessions SET seen=? WHERE token=?", (now, row["token"]))
        return Session(row["token"], _user(row), row["csrf"], bool(row["outside"]))

    def close_session(self, session_id: str) -> None:
        with self._open() as db:
            db.execute("DELETE FROM sessions WHERE token=?", (session_id,))

    # --- inside -----------------------------------------------------------------------------------

    def _knows(self, name: str, address: str) -> bool:
        """True where the person has logged in from this address before."""
        query = "SELECT 1 FROM places WHERE user=? AND address=?"
        with self._open() as db:
            return db.execute(query, (name, address)).fetchone() is not None

    def _judged(self, name: str, password: str) -> User | None:
        with self._open() as db:
            row = db.execute("SELECT * FROM users WHERE name=?", (name,)).fetchone()
        with self._memory:
            right = self._matches(row["password"] if row else self._nobody, password[:_LONGEST])
        if not (right and row and row["active"]):
            return None
        if self._hasher.check_needs_rehash(row["password"]):
            hashed = self._hasher.hash(password)
            with self._open() as db:
                db.execute("UPDATE users SET password=? WHERE name=?", (hashed, name))
        return _user(row)

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def _hashed(self, name: str, password: str) -> str:
        if not _SHORTEST <= len(password) <= _LONGEST:
            raise DefinitionError(f"パスワードは{_SHORTEST}文字以上にしてください", key="password")
        if len(set(password)) < 4 or name.casefold() in password.casefold():
            raise DefinitionError(
                "推測されやすいパスワードです。利用者名や同じ文字のくり返しを避けてください",
                key="password",
            )
        return self._hasher.hash(password)

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self._path, timeout=30)
        db.row_factory = sqlite3.Row
        try:
            with db:
                yield db
        except sqlite3.OperationalError as error:
            raise ServiceError(
                "database",
                f"利用者の台帳 {self._path.name} を使えません。しばらくしてもう一度試してください",
            ) from error
        finally:
            db.close()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _joined(names: frozenset[str]) -> str:
    return "\n".join(sorted(names))


def _user(row: sqlite3.Row) -> User:
    return User(
        row["name"],
        row["full_name"],
        frozenset(filter(None, row["roles"].split("\n"))),
        frozenset(filter(None, row["departments"].split("\n"))),
        bool(row["active"]),
    )
