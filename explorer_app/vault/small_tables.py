"""Small tables with a meaning of their own: settings and real names."""

from __future__ import annotations

import json
from typing import Any

from explorer_app.domain.errors import DamagedError
from explorer_app.vault.database import Database
from explorer_app.vault.key_slots import derive
from explorer_app.vault.sealing import NotAuthenticError, SecretKey, decrypt, encrypt


class Settings:
    """Settings of a vault: JSON values by key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of `key`, or `default`."""
        text = self._database.value("SELECT value FROM settings WHERE key = ?", (key,))
        return default if text is None else json.loads(text)

    def put(self, key: str, value: Any) -> None:
        """Store a JSON value; not part of undo."""
        with self._database.transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)",
                (key, json.dumps(value, ensure_ascii=False)),
            )


class Pseudonyms:
    """Real names of participants, each sealed under a key that serves for nothing else.

    They are never indexed, never part of undo and go with their participant.
    """

    def __init__(self, database: Database, data_key: bytes) -> None:
        self._database = database
        self._key = SecretKey(derive(data_key, "pseudonyms"))

    def set(self, participant_id: str, real_name: str) -> None:
        """Store the real name of a participant.

        Raises:
            InputRejectedError: There is no such participant.
        """
        sealed = encrypt(self._key, real_name.encode("utf-8", "surrogatepass"), participant_id.encode())
        with self._database.transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO pseudonyms (participant_id, sealed) VALUES (?, ?)",
                (participant_id, sealed),
            )

    def get(self, participant_id: str) -> str | None:
        """Return the real name, None if none is known.

        Raises:
            DamagedError: The stored name was changed or moved to another participant.
        """
        sealed = self._database.value(
            "SELECT sealed FROM pseudonyms WHERE participant_id = ?", (participant_id,)
        )
        if sealed is None:
            return None
        try:
            return decrypt(self._key, sealed, participant_id.encode()).decode("utf-8", "surrogatepass")
        except NotAuthenticError as error:
            raise DamagedError("vault.damaged", part="vault.db") from error

    def remove(self, participant_id: str) -> None:
        """Forget the real name."""
        with self._database.transaction():
            self._database.execute("DELETE FROM pseudonyms WHERE participant_id = ?", (participant_id,))
