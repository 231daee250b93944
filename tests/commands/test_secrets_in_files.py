"""Errors in or beside a secret: the message names the place and never shows the secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.quoting import file_named
from tests.commands.conftest import Desk

TOKEN = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"shops: [{{tiktok: {{app_secert: {TOKEN}}}}}]", "shops[0].tiktok.app_secert: Unknown field."),
        (f"shops: [{{password: {TOKEN}}}]", "shops[0].password: Unknown field."),
        (f"shops: [{{tiktok: {{app_secret:{TOKEN}}}}}]", "shops[0].tiktok.app_secret:...: Unknown field."),
        (f"shops: [{{{TOKEN}: 1}}]", "shops[0]....: Unknown field."),
        (f"{{{TOKEN}: 1, {TOKEN}: 2}}", "the key '...' is repeated"),
        (f"shops: [{{tiktok: {{app_secret: *{TOKEN}}}}}]", "undefined alias '...'"),
        (f"shops: [{{tiktok: {{app_secret: !{TOKEN} x}}}}]", "for the tag '...'"),
        (
            f"shops: [{{tiktok: {{app_secret: 'file:{TOKEN}'}}}}]",
            "the file that is named there can't be read",
        ),
        (f"shops: [{{tiktok: {{app_secret: ['{TOKEN}']}}}}]", "shops[0].tiktok.app_secret: "),
        ("synchronization_policies: [{title: A, product_uplaod: true}]", "Unknown field. (found True)"),
    ],
)
def test_an_error_is_shown_without_the_secret(desk: Desk, text: str, words: str) -> None:
    desk.database.upgrade()
    result = desk.m2t("apply", str(desk.file("shop.yaml", text)))
    assert result.exit_code == 1
    assert words in result.output
    assert TOKEN not in result.output


def test_a_secret_in_the_place_of_its_files_path_is_not_shown(desk: Desk) -> None:
    result = desk.m2t("export", M2T_SECRET_KEY="", M2T_SECRET_KEY_FILE=TOKEN)
    assert result.exit_code == 3
    assert "M2T_SECRET_KEY_FILE: the file that is named there can't be read" in result.output
    assert TOKEN not in result.output


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("gone.txt", "the file 'gone.txt'"),
        ("nowhere/gone.txt", "the file that is named there"),
        (TOKEN, "the file that is named there"),
        ("x" * 5000 + "/y", "the file that is named there"),
    ],
)
def test_a_path_is_shown_where_it_can_be_one(tmp_path: Path, text: str, shown: str) -> None:
    assert file_named(text, tmp_path) == shown
