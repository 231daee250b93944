"""The shape of a JSON value: its keys, and the type of each value."""

from __future__ import annotations

from typing import Any

OPAQUE = "_cache_instance_product_set_attributes"


def shape(value: object) -> Any:
    """Return the name of a value's type; of an object its keys with their shapes, of a list that of its items.

    An object whose keys are ids counts as a list of its values, under the key `ids`.
    """
    if isinstance(value, dict):
        if value and all(str(key).isdigit() for key in value):
            return {"ids": merged([shape(item) for item in value.values()])}
        return {key: "object" if key == OPAQUE else shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [merged([shape(item) for item in value])] if value else []
    for kind, name in ((bool, "bool"), (int | float, "number"), (str, "text")):
        if isinstance(value, kind):
            return name
    return "null"


def merged(shapes: list[Any]) -> Any:
    """Return a shape that has the keys of all of them; different types are joined by "or"."""
    if all(isinstance(item, dict) for item in shapes):
        keys = dict.fromkeys(key for item in shapes for key in item)
        return {key: merged([item[key] for item in shapes if key in item]) for key in keys}
    if all(isinstance(item, str) for item in shapes):
        return " or ".join(sorted(set(shapes)))
    return shapes[0]


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Return the places where two shapes differ, as sentences."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        missing = [f"{path}.{key}: missing" for key in theirs if key not in ours]
        extra = [f"{path}.{key}: not in Magento" for key in ours if key not in theirs]
        both = [differences(ours[key], theirs[key], f"{path}.{key}") for key in ours if key in theirs]
        return [*missing, *extra, *(place for places in both for place in places)]
    if isinstance(ours, list) and isinstance(theirs, list):
        return differences(ours[0], theirs[0], f"{path}[]") if ours and theirs else []
    return [] if ours == theirs else [f"{path}: {ours} instead of {theirs}"]
