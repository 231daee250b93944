"""A declaration as YAML for `m2t apply`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import yaml

from commands.cli.references import escaped


def _text(dumper: yaml.representer.BaseRepresenter, value: str) -> yaml.ScalarNode:
    """Quote texts with line breaks or control characters, because PyYAML would read U+0085 back as a space."""
    style = None if value.isprintable() else '"'
    node: yaml.ScalarNode = dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)
    return node


class _Dumper(yaml.SafeDumper):
    """YAML's safe subset, in a form that reads every text back unchanged."""

    yaml_representers: ClassVar = {**yaml.SafeDumper.yaml_representers, str: _text}


def dump(document: Mapping[str, object]) -> str:
    """Return the document as YAML. Nothing in it reads as a reference that apply resolves; empty lists are left out."""
    filled = {name: listed for name, listed in document.items() if listed}
    return yaml.dump(escaped(filled), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
