"""Dead code: every function, class, method, attribute and constant is used by something that runs. `make check`

vulture looks for names that nothing refers to. Templates count as users; tests only as users of the sandboxes and the
benchmarks, so that product code which nothing but its own test calls is found too. Exits
with 1 and lists each unused name with its place, and each entry of `CALLED_FROM_OUTSIDE` that is no longer needed.
Migrations are left out: Alembic calls them by their names.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from vulture import Vulture

ROOT: Final = Path(__file__).parents[1]
FOR_TESTS: Final = frozenset({"bench", "sandbox", "tests"})
"""Packages whose users are the tests."""
MIN_CONFIDENCE: Final = 60
"""vulture's lowest: a name that occurs nowhere else. Only unreachable code and unused parameters are surer."""

DECORATORS: Final = (
    *("@*.get", "@*.post", "@*.put", "@*.delete", "@*.route", "@route", "@get"),
    *(
        "@*.before_request",
        "@*.after_request",
        "@*.errorhandler",
        "@*.app_errorhandler",
        "@*.context_processor",
    ),
    *("@*.command", "@*.group"),
    *("@pre_load", "@post_load", "@pre_dump", "@post_dump", "@validates", "@validates_schema"),
    *("@*.listens_for", "@pytest.fixture"),
)
"""Decorators that register a function: Flask's routes and hooks, click's commands, marshmallow's hooks, SQLAlchemy's
events, pytest's fixtures."""

CALLED_FROM_OUTSIDE: Final[Mapping[str, str]] = {
    "ConnectionCls": "urllib3: the class of a pool's connections",
    "SWEEP": "Origin: read from a record",
    "USAGE": "click itself exits with 2; the enumeration lists every exit code",
    "_get_value": "environs: Env",
    "auto_open": "http.client: HTTPConnection",
    "cache_ok": "SQLAlchemy: TypeDecorator",
    "collect_ignore": "pytest: a conftest",
    "close_connection": "http.server: BaseHTTPRequestHandler",
    "daemon_threads": "socketserver: ThreadingMixIn",
    "do_DELETE": "http.server: BaseHTTPRequestHandler",
    "do_GET": "http.server: BaseHTTPRequestHandler",
    "do_POST": "http.server: BaseHTTPRequestHandler",
    "do_PUT": "http.server: BaseHTTPRequestHandler",
    "dump_bytecode": "Jinja: BytecodeCache",
    "exc_type": "the with statement: __exit__",
    "exc_value": "the with statement: __exit__",
    "extra_errors": "ErrorDetail: a key of a TypedDict",
    "format_commands": "click: Group",
    "get_command": "click: Group",
    "get_cookie_secure": "Flask: SessionInterface",
    "handle_data": "html.parser: HTMLParser",
    "handle_endtag": "html.parser: HTMLParser",
    "handle_starttag": "html.parser: HTMLParser",
    "impl": "SQLAlchemy: TypeDecorator",
    "isolation_level": "sqlite3: Connection",
    "list_commands": "click: Group",
    "load_bytecode": "Jinja: BytecodeCache",
    "log_message": "http.server: BaseHTTPRequestHandler",
    "log_request": "Werkzeug: WSGIRequestHandler",
    "lstrip_blocks": "Jinja: Environment",
    "part_isolating": "Werkzeug: BaseConverter",
    "process_bind_param": "SQLAlchemy: TypeDecorator",
    "process_result_value": "SQLAlchemy: TypeDecorator",
    "protocol_version": "http.server: BaseHTTPRequestHandler",
    "pytestmark": "pytest: the marks of a module",
    "response_class": "urllib3: HTTPConnection",
    "rest_on_holidays": "dataclasses.fields: a field of a policy",
    "row_factory": "sqlite3: Connection",
    "session_interface": "Flask: Flask",
    "sort_keys": "Flask: the JSON provider",
    "testing": "Flask: Flask",
    "traceback": "the with statement: __exit__",
    "trim_blocks": "Jinja: Environment",
    "trust_env": "requests: Session",
    "stock_id": "Flask: a part of a route",
    "tts_notification_id": "dataclasses.asdict: an attempt as JSON",
    "watermark": "dataclasses.fields: a field of a policy",
}
"""Names that only a framework, a request or a serializer uses -> what uses them."""


def template_names(root: Path) -> set[str]:
    """Return every word inside `{{ }}` and `{% %}` of the Jinja templates below this folder."""
    return {
        name
        for template in root.glob("*/**/templates/**/*.html")
        for expression in re.findall(r"\{[{%].*?[%}]\}", template.read_text(encoding="utf-8"), re.DOTALL)
        for name in re.findall(r"[A-Za-z_]\w*", expression)
    }


class Unused(NamedTuple):
    """A name that nothing uses; its file relative to the root of the project."""

    path: Path
    line: int
    name: str


def unused(paths: Iterable[Path], used: Iterable[str] = ()) -> list[Unused]:
    """Return each name in these files and folders that nothing in them uses, nor is in `used`."""
    scavenger = Vulture(ignore_names=["test_*", "Test*"], ignore_decorators=list(DECORATORS))
    scavenger.used_names.update(used)
    scavenger.scavenge([str(path) for path in paths], exclude=[f"{ROOT}/records/migrations/*"])
    return [
        Unused(Path(item.filename).resolve().relative_to(ROOT), item.first_lineno, item.name)
        for item in scavenger.get_unused_code(min_confidence=MIN_CONFIDENCE)
    ]


def main() -> int:
    """List what is wrong."""
    used = template_names(ROOT)
    packages = {path.parent.name: path.parent for path in ROOT.glob("*/__init__.py")}
    product = [path for name, path in sorted(packages.items()) if name not in FOR_TESTS]
    found = unused(product, used)
    found += [
        row
        for row in unused([*packages.values(), ROOT / ".ci"], used)
        if row.path.parts[0] in {*FOR_TESTS, ".ci"}
    ]
    wrong = [
        f"{row.path}:{row.line}: {row.name} is used by nothing: delete it"
        for row in sorted(found)
        if row.name not in CALLED_FROM_OUTSIDE
    ]
    wrong += [
        f"{name} is used or gone: take it off CALLED_FROM_OUTSIDE"
        for name in sorted(CALLED_FROM_OUTSIDE.keys() - {row.name for row in found})
    ]
    for line in wrong:
        print(line)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
