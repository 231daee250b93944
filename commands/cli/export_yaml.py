"""A declaration as YAML that `m2t apply` takes back unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import yaml

from commands.cli.references import escaped


def _text(dumper: Any, value: str) -> yaml.ScalarNode:
    """With line breaks or control characters in double quotes: else PyYAML reads U+0085 back as a space."""
    style = None if value.isprintable() else '"'
    node: yaml.ScalarNode = dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)
    return node


class _Dumper(yaml.SafeDumper):
    """YAML's safe subset, every text given back as it was."""

    yaml_representers: ClassVar = {**yaml.SafeDumper.yaml_representers, str: _text}


def dump(document: Mapping[str, Any]) -> str:
    """Return the document as YAML. Nothing in it reads as a reference that apply resolves; empty lists are left out."""
    filled = {name: listed for name, listed in document.items() if listed}
    return yaml.dump(escaped(filled), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
