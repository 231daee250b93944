"""The ids that TikTok generates for attributes and values sent by name: the same name gets the same id."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.tiktok.protocol.request_body import Body
from sandbox.tiktok.unsaved_changes import Kind, UnsavedChanges


class GeneratedIds:
    """Ids by name, and names by id. An id from the caller takes precedence. Its caller holds the lock."""

    def __init__(self, next_id: Callable[[], str], changes: UnsavedChanges) -> None:
        self._next_id = next_id
        self._changes = changes
        self._ids: dict[tuple[str, str], str] = {}
        self._names: dict[str, str] = {}

    def sales_attribute(self, attribute: Body) -> dict[str, Any]:
        """Return the sales attribute with `id`, `name`, `value_id` and `value_name`."""
        id_, name = self._complete("", attribute.get("id"), attribute.get("name"))
        value_id, value_name = self._complete(id_, attribute.get("value_id"), attribute.get("value_name"))
        ids_and_names = {"id": id_, "name": name, "value_id": value_id, "value_name": value_name}
        return {**attribute, **ids_and_names}

    def product_attribute(self, attribute: Body) -> dict[str, Any]:
        """Return the product attribute with its name, and its values with ids and names."""
        id_, name = self._complete("", attribute["id"], None)
        values = [self._complete(id_, value.get("id"), value.get("name")) for value in attribute["values"]]
        return {
            "id": id_,
            "name": name,
            "values": [{"id": value_id, "name": value_name} for value_id, value_name in values],
        }

    def complete(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return a product's content with complete product attributes."""
        attributes = content.get("product_attributes")
        if not attributes:
            return dict(content)
        return {
            **content,
            "product_attributes": [self.product_attribute(attribute) for attribute in attributes],
        }

    def save_name(self, within: str, name: str, id_: str) -> None:
        """Save the id of a name within an attribute; `within` is "" for the name of an attribute."""
        self._ids[within, name] = id_
        self._names[id_] = name
        self._changes.add(Kind.NAME, within, name, value=id_)

    def _complete(self, within: str, id_: str | None, name: str | None) -> tuple[str, str]:
        if not id_:
            id_ = self._ids.get((within, str(name)))
            if id_ is None:
                id_ = self._next_id()
                self.save_name(within, str(name), id_)
        return id_, self._names.get(id_) or name or f"Attribute {id_}"
