"""Reading a declaration from a YAML file: references are resolved, and every fault has its place."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml

from commands.cli.kept_secrets import keep
from commands.cli.references import References
from magento import senders
from operations.rules.apply import Load
from schemas.apply_file import (
    LONGEST_KEY,
    Declaration,
    ExistingTitles,
    Fault,
    InvalidDocument,
    load_declaration,
    shown_key,
)
from schemas.shop import Shop

_LONG = re.compile(rf"'[^']{{{LONGEST_KEY + 1},}}'")
"""A long quotation in a message of PyYAML. It may be a secret that begins with * or !, which YAML reads as an alias."""


class _StrictLoader(yaml.SafeLoader):
    """YAML's safe subset. A repeated key is refused; YAML would silently use the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value == "<<":
                continue
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {shown_key(key.value)} is repeated", key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def read_declaration(path: Path, environ: Mapping[str, str]) -> Load:
    """Parse the file; return a function that checks it, given the titles of stored policies and the stored shops.

    Both steps raise `InvalidDocument`; the second lists the faults of references and of content together.
    """
    document = parse(path)
    references = References(environ, path.parent)

    def load(existing: ExistingTitles, stored: Mapping[str, Shop]) -> Declaration:
        references.faults.clear()
        resolved = references.resolved(document)
        faults = [*references.faults, *keep(resolved, stored)]
        unresolved = tuple(fault.where for fault in faults)
        try:
            declaration = load_declaration(resolved, existing, senders.settings())
        except InvalidDocument as invalid:
            found = [fault for fault in invalid.faults if not fault.where.startswith(unresolved)]
            raise InvalidDocument([*faults, *found]) from invalid
        if faults:
            raise InvalidDocument(faults)
        return declaration

    return load


def parse(path: Path) -> object:
    """Return the YAML document. Raises `InvalidDocument` with line and column."""
    try:
        document: object = yaml.load(path.read_text(encoding="utf-8-sig"), _StrictLoader)  # noqa: S506
        return document
    except OSError as error:
        raise InvalidDocument([Fault(str(path), f"can't be read ({error.strerror})")]) from error
    except UnicodeDecodeError as error:
        raise InvalidDocument([Fault(str(path), "is not UTF-8 text")]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "file"
        raise InvalidDocument([Fault(where, _LONG.sub("'...'", error.problem or "is not YAML"))]) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidDocument([Fault("file", f"is not YAML ({error})")]) from error
