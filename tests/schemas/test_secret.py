"""A secret is never shown, whether it is printed, formatted, copied, logged or dumped."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass

import orjson
import pytest

from schemas.secret import Secret

VALUE = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
SECRET = Secret(VALUE)


@dataclass(frozen=True)
class Connection:
    """An object with a secret."""

    secret: Secret


@pytest.mark.parametrize(
    "shown",
    [
        str,
        repr,
        ascii,
        lambda secret: f"{secret}",
        lambda secret: f"{secret!r}",
        lambda secret: f"{secret:>60}",
        lambda secret: "%s" % secret,  # noqa: UP031
        lambda secret: f"{Connection(secret)}",
        lambda secret: str(asdict(Connection(secret))),
        lambda secret: str(astuple(Connection(secret))),
        lambda secret: str([secret, {"token": secret}]),
        lambda secret: str(copy.deepcopy(secret)),
        lambda secret: str(ValueError(secret)),
    ],
)
def test_a_secret_prints_as_a_placeholder(shown: Callable[[Secret], str]) -> None:
    text = shown(SECRET)
    assert VALUE not in text
    assert "<secret>" in text


@pytest.mark.parametrize("dump", [orjson.dumps, json.dumps, pickle.dumps])
def test_a_secret_is_not_dumped(dump: Callable[[object], object]) -> None:
    with pytest.raises(TypeError):
        dump(Connection(SECRET))


def test_a_secret_does_not_reach_a_log(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("shop").warning("connecting with %s and %r", SECRET, Connection(SECRET))
    assert "<secret>" in caplog.text
    assert VALUE not in caplog.text


def test_reveal_returns_the_value() -> None:
    assert SECRET.reveal() == VALUE


def test_equal_secrets_are_equal_and_differ_from_their_text() -> None:
    assert {Secret("one"), Secret("one"), Secret("other")} == {Secret("one"), Secret("other")}
    assert Secret("one") != "one"
    assert (bool(Secret("")), bool(Secret("one"))) == (False, True)
