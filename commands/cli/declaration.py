"""A declaration as a file: YAML read safely, a repeated key refused, references resolved, every fault at its place."""

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
"""What YAML quotes of an alias or a tag: it may be a secret that begins with * or !."""


class _StrictLoader(yaml.SafeLoader):
    """YAML's safe subset; where YAML would silently take the last of two equal keys, this refuses."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value == "<<":
                continue
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {shown_key(key.value)} stands here a second time", key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def read_declaration(path: Path, environ: Mapping[str, str]) -> Load:
    """The file, parsed. Call what comes back with the policies and the shops that exist beside it.

    Both steps raise `InvalidDocument`; the second one with the faults of references and of content together.
    """
    document = parse(path)
    references = References(environ, path.parent)

    def load(existing: ExistingTitles, fields: Mapping[str, Shop]) -> Declaration:
        references.faults.clear()
        resolved = references.resolved(document)
        faults = [*references.faults, *keep(resolved, fields)]
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


def parse(path: Path) -> Any:
    """The YAML document. Raises `InvalidDocument` with the line and column."""
    try:
        return yaml.load(path.read_text(encoding="utf-8-sig"), _StrictLoader)  # noqa: S506
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
