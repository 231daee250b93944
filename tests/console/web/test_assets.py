"""Static files: vendored ones match their checksums; all are served compressed and with a long cache time."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable

import pytest
from flask import Flask

from console.web.assets import STATIC
from tests.console.conftest import Visitor

VENDORED = {
    name: digest
    for digest, name in (line.split() for line in (STATIC / "CHECKSUMS").read_text().splitlines())
}


def test_htmx_and_pico_stand_there_with_their_licences() -> None:
    assert VENDORED.keys() == {"htmx.min.js", "pico.min.css", "htmx.LICENSE.txt", "pico.LICENSE.md"}


@pytest.mark.parametrize("name", sorted(VENDORED))
def test_a_vendored_file_matches_its_checksum(name: str) -> None:
    assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == VENDORED[name]


@pytest.mark.parametrize("name", ["htmx.min.js", "pico.min.css", "console.css", "console.js", "mark.svg"])
def test_a_file_is_served_packed_and_kept(app: Flask, name: str) -> None:
    answer = app.test_client().get(f"/static/{name}", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(answer.data) == (STATIC / name).read_bytes()
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("name", ["CHECKSUMS", "pico.LICENSE.md", "..%2fapp.py", "nothing.css"])
def test_nothing_else_is_served(app: Flask, name: str) -> None:
    assert app.test_client().get(f"/static/{name}").status_code == 404


def test_a_page_names_its_files_by_their_content(visitor: Callable[..., Visitor]) -> None:
    digest = hashlib.sha256((STATIC / "console.css").read_bytes()).hexdigest()[:12]
    assert f"/static/console.css?v={digest}" in visitor().get("/me").get_data(as_text=True)
