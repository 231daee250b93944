"""Naming: the ids that TikTok gives to attributes and values which came with names only, the same ones each time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.tiktok.api.request_body import Body
from sandbox.tiktok.unsaved_changes import Changes, Kind


class Naming:
    """Ids by name, and names by id. An id that the caller gave wins over a name. Its caller holds the lock."""

    def __init__(self, next_id: Callable[[], str], changes: Changes) -> None:
        self._next_id = next_id
        self._changes = changes
        self._ids: dict[tuple[str, str], str] = {}
        self._names: dict[str, str] = {}

    def sales_attribute(self, attribute: Body) -> dict[str, Any]:
        """A sales attribute with `id`, `name`, `value_id` and `value_name`."""
        id_, name = self._both("", attribute.get("id"), attribute.get("name"))
        value_id, value_name = self._both(id_, attribute.get("value_id"), attribute.get("value_name"))
        named = {"id": id_, "name": name, "value_id": value_id, "value_name": value_name}
        return {**attribute, **named}

    def product_attribute(self, attribute: Body) -> dict[str, Any]:
        """A product attribute with its name, and its values with their ids and names."""
        id_, name = self._both("", attribute["id"], None)
        values = [self._both(id_, value.get("id"), value.get("name")) for value in attribute["values"]]
        return {"id": id_, "name": name, "values": [{"id": one, "name": word} for one, word in values]}

    def complete(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """A product's content, its attributes named."""
        attributes = content.get("product_attributes")
        if not attributes:
            return dict(content)
        return {**content, "product_attributes": [self.product_attribute(one) for one in attributes]}

    def remember(self, within: str, word: str, id_: str) -> None:
        """This word has this id, within this attribute; "" is within none."""
        self._ids[within, word] = id_
        self._names[id_] = word
        self._changes.note(Kind.NAME, within, word, value=id_)

    def _both(self, within: str, id_: str | None, name: str | None) -> tuple[str, str]:
        if not id_:
            id_ = self._ids.get((within, str(name)))
            if id_ is None:
                id_ = self._next_id()
                self.remember(within, str(name), id_)
        return id_, self._names.get(id_) or name or f"Attribute {id_}"
