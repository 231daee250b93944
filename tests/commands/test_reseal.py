"""`m2t db reseal` and `m2t doctor` while the secret key is changed step by step."""

from __future__ import annotations

import json
import secrets

import pytest

from tests.commands.conftest import Desk
from topics import clients


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notice a missing Kafka after 300 ms."""
    monkeypatch.setattr(clients, "REACH_MS", 300)


@pytest.fixture
def changed(shop_desk: Desk) -> dict[str, str]:
    """Return the settings of the first step: a new key, and the old key as fallback."""
    old = shop_desk.environ["M2T_SECRET_KEY"]
    return {"M2T_SECRET_KEY": secrets.token_urlsafe(48), "M2T_SECRET_KEY_FALLBACKS": old}


def doctor(desk: Desk, **environ: str) -> dict[str, dict[str, str]]:
    document = json.loads(desk.m2t("doctor", "--json", **environ).stdout)
    return {check["name"]: check for check in document["checks"]}


def test_the_key_is_changed_step_by_step(shop_desk: Desk, changed: dict[str, str]) -> None:
    assert "sealed secrets" not in doctor(shop_desk)
    found = doctor(shop_desk, **changed)
    assert found["secret key"]["state"] == "ok"
    assert found["sealed secrets"]["state"] == "note"
    assert "4 of 4 secrets are still sealed by an earlier key" in found["sealed secrets"]["words"]
    assert found["sealed secrets"]["next_step"].startswith("m2t db reseal")

    result = shop_desk.m2t("db", "reseal", **changed)
    assert result.exit_code == 0
    assert "Resealed 4 of 4 secrets: those that an earlier key had sealed." in result.output
    assert "Next: remove M2T_SECRET_KEY_FALLBACKS" in result.output
    assert "remove M2T_SECRET_KEY_FALLBACKS" in doctor(shop_desk, **changed)["sealed secrets"]["next_step"]

    alone = {"M2T_SECRET_KEY": changed["M2T_SECRET_KEY"]}
    found = doctor(shop_desk, **alone)
    assert found["secret key"]["words"] == "opens the secrets of 1 shop"
    assert "sealed secrets" not in found
    assert doctor(shop_desk)["secret key"]["state"] == "FAULT", "the earlier key opens nothing any more"


def test_resealing_again_changes_nothing(shop_desk: Desk, changed: dict[str, str]) -> None:
    shop_desk.m2t("db", "reseal", **changed)
    document = json.loads(shop_desk.m2t("db", "reseal", "--json", **changed).stdout)
    assert document == {"secrets": 4, "resealed": 0, "unopened": []}


def test_a_secret_that_no_key_opens_exits_with_1_and_its_place(shop_desk: Desk) -> None:
    result = shop_desk.m2t("db", "reseal", M2T_SECRET_KEY=secrets.token_urlsafe(48))
    assert result.exit_code == 1
    assert "None of the configured keys opens shops demo" in result.output
    assert "M2T_SECRET_KEY_FALLBACKS" in result.output


def test_no_key_and_no_secret_is_printed(shop_desk: Desk, changed: dict[str, str]) -> None:
    text = shop_desk.m2t("db", "reseal", **changed).output + str(doctor(shop_desk, **changed))
    assert not [key for key in changed.values() if key in text]
