"""The query builder: a listing template's query as a draft that the buttons of a form edit. Pure.

Each condition has a path (``q``, ``q.0``, ``q.0.2``), by which its fields are named. A button sends an operation and a
path; the result is the changed draft, and the path that gets the keyboard focus.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from schemas.query_condition import Group, Match, Operator, Row

ROOT: Final = "q"
MOST: Final = 300
MANY: Final = frozenset({Operator.IS_ONE_OF.value, Operator.IS_NOT_ONE_OF.value})
NONE: Final = frozenset({Operator.IS_UNDEFINED.value})


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A condition as it was typed in; `value` has a line for each of several values."""

    attribute: str = ""
    operator: str = Operator.IS.value
    value: str = ""


@dataclass(frozen=True, slots=True)
class DraftGroup:
    """A group of conditions as it was chosen."""

    match: str = Match.ALL.value
    rows_are: bool = True
    conditions: tuple[Draft, ...] = ()


Draft: TypeAlias = DraftRow | DraftGroup
Fields: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Edited:
    """The draft after an operation, and the path that gets the keyboard focus."""

    draft: DraftGroup
    focus: str


def draft_of(query: Group) -> DraftGroup:
    """Return a stored query as a draft."""
    return DraftGroup(
        query.match.value, query.rows_are, tuple(_draft_of(condition) for condition in query.conditions)
    )


def _draft_of(condition: Group | Row) -> Draft:
    if isinstance(condition, Group):
        return draft_of(condition)
    return DraftRow(condition.attribute, condition.operator.value, "\n".join(condition.values))


def document_of(draft: Draft) -> dict[str, Any]:
    """Return the draft as the document that the query's schema validates."""
    if isinstance(draft, DraftGroup):
        inner = [document_of(condition) for condition in draft.conditions]
        return {"match": draft.match, "rows_are": draft.rows_are, "conditions": inner}
    row: dict[str, object] = {"attribute": draft.attribute.strip(), "operator": draft.operator}
    if draft.operator in MANY:
        row["value"] = [line.strip() for line in draft.value.splitlines() if line.strip()]
    elif draft.operator not in NONE:
        row["value"] = draft.value.strip() or None
    return row


def fields_of(draft: Draft, path: str = ROOT) -> Iterator[tuple[str, str]]:
    """Yield the name and value of each form field of the draft."""
    if isinstance(draft, DraftRow):
        yield f"{path}.kind", "row"
        yield f"{path}.attribute", draft.attribute
        yield f"{path}.operator", draft.operator
        yield f"{path}.value", draft.value
        return
    yield f"{path}.kind", "group"
    yield f"{path}.match", draft.match
    yield f"{path}.rows_are", "true" if draft.rows_are else "false"
    for place, condition in enumerate(draft.conditions):
        yield from fields_of(condition, f"{path}.{place}")


def read(fields: Fields) -> DraftGroup:
    """Return the draft of a form's fields. Conditions beyond `MOST` are left out."""
    budget = iter(range(MOST))
    found = _read(fields, ROOT, budget)
    return found if isinstance(found, DraftGroup) else DraftGroup()


def _read(fields: Fields, path: str, budget: Iterator[int]) -> Draft | None:
    kind = fields.get(f"{path}.kind")
    if kind is None or next(budget, None) is None:
        return None
    if kind == "row":
        return DraftRow(
            fields.get(f"{path}.attribute", ""),
            fields.get(f"{path}.operator", Operator.IS.value),
            _value(fields, path),
        )
    inner: list[Draft] = []
    while (condition := _read(fields, f"{path}.{len(inner)}", budget)) is not None:
        inner.append(condition)
    match = fields.get(f"{path}.match", Match.ALL.value)
    return DraftGroup(match, fields.get(f"{path}.rows_are") != "false", tuple(inner))


def _value(fields: Fields, path: str) -> str:
    """Return the typed value. Several values in a single line are separated by commas."""
    value = fields.get(f"{path}.value", "").replace("\r\n", "\n")
    several = fields.get(f"{path}.operator") in MANY
    if several and fields.get(f"{path}.control") == "line":
        return "\n".join(part.strip() for part in value.split(",") if part.strip())
    return value


def operate(draft: DraftGroup, pressed: str) -> Edited:
    """Apply a button: ``add-row:q.0``, ``add-group:q``, ``remove:q.1``, ``up:q.1`` or ``down:q.0``.

    A path that isn't in the draft changes nothing.
    """
    operation, _, path = pressed.partition(":")
    places = _places(path)
    if places is None:
        return Edited(draft, ROOT)
    if operation in ("add-row", "add-group"):
        return _add(draft, path, places, DraftRow() if operation == "add-row" else DraftGroup())
    if not places:
        return Edited(draft, ROOT)
    if operation == "remove":
        return _remove(draft, places)
    if operation in ("up", "down"):
        return _move(draft, places, -1 if operation == "up" else 1)
    return Edited(draft, path)


def _places(path: str) -> tuple[int, ...] | None:
    root, *places = path.split(".")
    if root != ROOT or not all(place.isdigit() for place in places):
        return None
    return tuple(map(int, places))


def _at(draft: Draft, places: tuple[int, ...]) -> Draft | None:
    for place in places:
        if not isinstance(draft, DraftGroup) or place >= len(draft.conditions):
            return None
        draft = draft.conditions[place]
    return draft


def _with(draft: DraftGroup, places: tuple[int, ...], inner: tuple[Draft, ...]) -> DraftGroup:
    """Return the draft with other conditions in the group at these places."""
    if not places:
        return replace(draft, conditions=inner)
    place, *rest = places
    group = draft.conditions[place]
    assert isinstance(group, DraftGroup)  # noqa: S101
    changed = _with(group, tuple(rest), inner)
    return replace(draft, conditions=(*draft.conditions[:place], changed, *draft.conditions[place + 1 :]))


def _path(places: tuple[int, ...]) -> str:
    return ".".join([ROOT, *map(str, places)])


def _add(draft: DraftGroup, path: str, places: tuple[int, ...], new: Draft) -> Edited:
    group = _at(draft, places)
    if not isinstance(group, DraftGroup):
        return Edited(draft, ROOT)
    return Edited(_with(draft, places, (*group.conditions, new)), f"{path}.{len(group.conditions)}")


def _remove(draft: DraftGroup, places: tuple[int, ...]) -> Edited:
    parent, place = _at(draft, places[:-1]), places[-1]
    if not isinstance(parent, DraftGroup) or place >= len(parent.conditions):
        return Edited(draft, ROOT)
    left = (*parent.conditions[:place], *parent.conditions[place + 1 :])
    beside = min(place, len(left) - 1)
    focus = (*places[:-1], beside) if left else places[:-1]
    return Edited(_with(draft, places[:-1], left), _path(focus))


def _move(draft: DraftGroup, places: tuple[int, ...], by: int) -> Edited:
    parent, place = _at(draft, places[:-1]), places[-1]
    there = place + by
    if (
        not isinstance(parent, DraftGroup)
        or not 0 <= there < len(parent.conditions)
        or place >= len(parent.conditions)
    ):
        return Edited(draft, _path(places))
    inner = list(parent.conditions)
    inner[place], inner[there] = inner[there], inner[place]
    return Edited(_with(draft, places[:-1], tuple(inner)), _path((*places[:-1], there)))
