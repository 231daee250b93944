"""`.ci/dead_code.py` names what nothing uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.copied_check import run_check

MODULE = """\
from flask import Flask

app = Flask(__name__)


@app.get("/")
def index() -> str:
    return str(used())


def used() -> int:
    return 1


def orphan() -> int:
    return 2
"""
ORPHAN = "shop/views.py:15: orphan is used by nothing: delete it"


@pytest.mark.parametrize(
    ("path", "text", "is_found"),
    [
        (
            "tests/test_views.py",
            "from shop.views import orphan\n\n\ndef test_it():\n    assert orphan()\n",
            True,
        ),
        ("shop/__main__.py", "from shop.views import orphan\n\nprint(orphan())\n", False),
        ("shop/templates/index.html", "<p>{{ orphan }}</p>", False),
        ("shop/templates/index.html", "<p>an orphan</p>", True),
    ],
    ids=["only a test", "the product", "a template", "the text of a template"],
)
def test_a_function_is_unused_unless_the_product_or_a_template_uses_it(
    tmp_path: Path, path: str, text: str, is_found: bool
) -> None:
    packages = {"shop/__init__.py": "", "tests/__init__.py": "", "shop/views.py": MODULE}
    code, lines = run_check(tmp_path, "dead_code.py", {**packages, path: text})
    assert code == 1
    unused = [line for line in lines if "is used by nothing" in line]
    assert unused == ([ORPHAN] if is_found else [])


def test_an_entry_of_the_list_that_is_no_longer_needed_is_named(tmp_path: Path) -> None:
    code, lines = run_check(tmp_path, "dead_code.py", {"shop/__init__.py": ""})
    assert code == 1
    assert "cache_ok is used or gone: take it off CALLED_FROM_OUTSIDE" in lines
