"""Typed access to the fields of TikTok's JSON documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Document: TypeAlias = Mapping[str, object]
"""A JSON object."""


def child(document: Document, name: str) -> Document:
    """Return the object in this field, an empty one if the field is missing, null or empty. Raises `TypeError`."""
    value = document.get(name) or {}
    if not isinstance(value, dict):
        raise TypeError(f"{name}: is a {type(value).__name__}, not an object")
    return value


def children(document: Document, name: str) -> Sequence[Document]:
    """Return the objects in this field's list, none if the field is missing, null or empty. Raises `TypeError`."""
    values = document.get(name) or ()
    if not isinstance(values, list | tuple) or not all(isinstance(value, dict) for value in values):
        raise TypeError(f"{name}: is not a list of objects")
    return values
