"""References in a declaration: ``${NAME}`` is an environment variable, ``file:PATH`` a file with a secret.

They keep secrets out of a file that is shared. ``$${`` stands for a literal ``${``. A reference that can't be resolved
is a fault at its place; the document is processed further, to find the other faults too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.quoting import file_named
from schemas.apply_file import Fault
from schemas.secret import Secret

SECRETS = frozenset({"secrets", "token", "app_secret", "access_token", "refresh_token"})
"""The fields of a declaration that contain secrets."""

_VARIABLE = re.compile(r"\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_FILE = "file:"


def escaped(value: object) -> object:
    """Return the value with its texts escaped, so that resolving them gives the same texts."""
    if isinstance(value, dict):
        return {name: escaped(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [escaped(inner) for inner in value]
    return value.replace("${", "$${") if isinstance(value, str) else value


@dataclass
class References:
    """Resolves the references of a document. `faults` lists those that can't be resolved.

    ``file:PATH`` is relative to `folder`.
    """

    environ: Mapping[str, str]
    folder: Path
    faults: list[Fault] = field(default_factory=list)

    def resolved(self, value: object, where: str = "", *, secret: bool = False) -> object:
        """Return the value with its references resolved; the texts of secret fields become `Secret`."""
        if isinstance(value, dict):
            return {
                name: self.resolved(
                    inner, f"{where}.{name}" if where else str(name), secret=secret or name in SECRETS
                )
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self.resolved(inner, f"{where}[{at}]", secret=secret) for at, inner in enumerate(value)]
        if not isinstance(value, str):
            return value
        if not secret:
            return self._expanded(value, where)
        if value.startswith(_FILE):
            return Secret(self._read(value.removeprefix(_FILE).strip(), where))
        return Secret(self._expanded(value, where))

    def _expanded(self, value: str, where: str) -> str:
        def found(match: re.Match[str]) -> str:
            literal, name = match.group(1), match.group(2)
            if literal:
                return str(literal)
            value = self.environ.get(name, "")
            if not value:
                self.faults.append(
                    Fault(where, f"the environment variable {name} is not set; export it before m2t apply")
                )
            return value

        return _VARIABLE.sub(found, value)

    def _read(self, path: str, where: str) -> str:
        try:
            text = (self.folder / path).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            named = file_named(path, self.folder)
            self.faults.append(Fault(where, f"{named} can't be read ({why})"))
            return ""
        if not text:
            self.faults.append(Fault(where, f"the file {path!r} is empty"))
        return text
