"""Who stands in earlier lines of a file: on disk where they are many, so that a file may be of any size."""

import sqlite3


class Earlier:
    """Everybody of a run so far who is imported by it, or would be."""

    def __init__(self) -> None:
        # A database without a name is a temporary file, of which SQLite keeps some in memory.
        self._rows = sqlite3.connect("")
        self._rows.execute("CREATE TABLE person (username TEXT PRIMARY KEY, email TEXT UNIQUE) WITHOUT ROWID")

    def add(self, *, username: str, email: str) -> None:
        self._rows.execute("INSERT OR IGNORE INTO person VALUES (?, ?)", (username, email))

    def of_name(self, username: str) -> str | None:
        """The address of whoever has that name."""
        return self._one("SELECT email FROM person WHERE username = ?", username)

    def of_address(self, email: str) -> str | None:
        """The name of whoever has that address."""
        return self._one("SELECT username FROM person WHERE email = ?", email)

    def _one(self, query: str, value: str) -> str | None:
        row = self._rows.execute(query, (value,)).fetchone()
        return row[0] if row else None
