"""Key rotation: seal with the current key what an earlier key has sealed, so that the earlier key can be removed.

Sealed texts are recognized by their form, anywhere in a document, so new fields need no change here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, RowMapping, Table, select, update

from records.accounts.tables import console_second_factors, console_state
from records.db.secret_box import CannotOpenSecret, SecretBox, looks_sealed
from records.rules.tables import shops

SEALED: Final[Mapping[Table, tuple[str, ...]]] = {
    shops: ("document", "access_token", "refresh_token"),
    console_state: ("document",),
    console_second_factors: ("secret",),
}
"""The columns that may contain sealed texts, by table."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """The number of secrets, how many of them an earlier key sealed, and where secrets are that no key opens.

    `earlier_keys`: whether the box has earlier keys.
    """

    secrets: int
    of_earlier: int
    unopened: tuple[str, ...]
    earlier_keys: bool = False


def look(connection: Connection, box: SecretBox) -> Sealing:
    """Return the present state; change nothing."""
    walk = _Walk(box)
    for _ in _rows(connection, walk, lock=False):
        pass
    return walk.sealing()


def reseal(connection: Connection, box: SecretBox) -> Sealing:
    """Seal with the current key what an earlier key has sealed; return the state before.

    What no key opens stays as it is.
    """
    walk = _Walk(box)
    for table, row, changed in _rows(connection, walk, lock=True):
        key = next(iter(table.primary_key))
        connection.execute(update(table).where(key == row[key.name]).values(**changed))
    return walk.sealing()


class _Walk:
    """Counts the secrets that are read."""

    def __init__(self, box: SecretBox) -> None:
        self._box = box
        self._secrets = self._of_earlier = 0
        self._unopened: set[str] = set()

    def sealing(self) -> Sealing:
        return Sealing(
            self._secrets, self._of_earlier, tuple(sorted(self._unopened)), self._box.has_earlier_keys
        )

    def resealed(self, value: object, where: str) -> object:
        """Return the value with each sealed text in it sealed by the current key."""
        if isinstance(value, dict):
            return {name: self.resealed(inner, where) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.resealed(inner, where) for inner in value]
        return self._text(value, where) if isinstance(value, str) and looks_sealed(value) else value

    def _text(self, sealed: str, where: str) -> str:
        self._secrets += 1
        try:
            if self._box.is_current(sealed):
                return sealed
            self._of_earlier += 1
            return self._box.seal(self._box.open(sealed))
        except CannotOpenSecret:
            self._unopened.add(where)
            return sealed


def _rows(
    connection: Connection, walk: _Walk, *, lock: bool
) -> Iterator[tuple[Table, RowMapping, dict[str, object]]]:
    """Yield each row that must be resealed, with its new columns."""
    for table, names in SEALED.items():
        query = select(*table.primary_key, *(table.c[name] for name in names))
        for row in connection.execute(query.with_for_update() if lock else query).mappings().all():
            where = f"{table.name} {', '.join(str(row[key.name]) for key in table.primary_key)}"
            fields = {name: walk.resealed(row[name], where) for name in names}
            if changed := {name: value for name, value in fields.items() if value != row[name]}:
                yield table, row, changed
