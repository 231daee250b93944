"""Resealing: what an earlier key has sealed is sealed by the key of now, so that the earlier one can go.

A sealed text is known by its form, wherever in a document it stands; so a document may hold new ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Table, select, update

from records.accounts.tables import console_second_factors, console_state
from records.db.secret_box import CannotOpenSecret, SecretBox, looks_sealed
from records.rules.tables import shops

SEALED: Final[Mapping[Table, tuple[str, ...]]] = {
    shops: ("document", "access_token", "refresh_token"),
    console_state: ("document",),
    console_second_factors: ("secret",),
}
"""By table the columns that may hold what a box has sealed."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """How many secrets there are, how many of them an earlier key has sealed, and where one is that no key opens.

    `earlier_keys`: the box holds one.
    """

    secrets: int
    of_earlier: int
    unopened: tuple[str, ...]
    earlier_keys: bool = False


def look(connection: Connection, box: SecretBox) -> Sealing:
    """How it stands; nothing is changed."""
    walk = _Walk(box)
    for _ in _rows(connection, walk, lock=False):
        pass
    return walk.sealing()


def reseal(connection: Connection, box: SecretBox) -> Sealing:
    """Seal what an earlier key has sealed with the key of now, in this transaction.

    `of_earlier` are those that were; what no key opens stays as it is.
    """
    walk = _Walk(box)
    for table, row, changed in _rows(connection, walk, lock=True):
        key = next(iter(table.primary_key))
        connection.execute(update(table).where(key == row[key.name]).values(**changed))
    return walk.sealing()


class _Walk:
    """What was met on the way."""

    def __init__(self, box: SecretBox) -> None:
        self._box = box
        self._secrets = self._of_earlier = 0
        self._unopened: set[str] = set()

    def sealing(self) -> Sealing:
        return Sealing(
            self._secrets, self._of_earlier, tuple(sorted(self._unopened)), self._box.has_earlier_keys
        )

    def resealed(self, value: Any, where: str) -> Any:
        """The value with each sealed text in it sealed by the key of now; itself where all are."""
        if isinstance(value, dict):
            return {name: self.resealed(inner, where) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.resealed(inner, where) for inner in value]
        return self._text(value, where) if isinstance(value, str) and looks_sealed(value) else value

    def _text(self, sealed: str, where: str) -> str:
        self._secrets += 1
        try:
            if self._box.is_of_now(sealed):
                return sealed
            self._of_earlier += 1
            return self._box.seal(self._box.open(sealed))
        except CannotOpenSecret:
            self._unopened.add(where)
            return sealed


def _rows(
    connection: Connection, walk: _Walk, *, lock: bool
) -> Iterator[tuple[Table, Mapping[Any, Any], dict[str, Any]]]:
    """Each row in which something is to be sealed anew, and its columns as they become."""
    for table, names in SEALED.items():
        query = select(*table.primary_key, *(table.c[name] for name in names))
        for row in connection.execute(query.with_for_update() if lock else query).mappings().all():
            where = f"{table.name} {', '.join(str(row[key.name]) for key in table.primary_key)}"
            fields = {name: walk.resealed(row[name], where) for name in names}
            if changed := {name: value for name, value in fields.items() if value != row[name]}:
                yield table, row, changed
