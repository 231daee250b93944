"""The cost of Argon2 in the product; the other tests use its least cost."""

from __future__ import annotations

from dataclasses import replace

from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from console.accounts.passwords import _DUMMY_HASH, _HASHER


def test_a_stored_password_costs_what_rfc_9106_recommends() -> None:
    stored = _HASHER.hash("correct horse battery staple")
    assert extract_parameters(stored) == RFC_9106_LOW_MEMORY
    assert _HASHER.verify(stored, "correct horse battery staple")


def test_an_unknown_name_costs_as_much_as_a_wrong_password() -> None:
    cost = replace(extract_parameters(_DUMMY_HASH), salt_len=RFC_9106_LOW_MEMORY.salt_len)
    assert cost == RFC_9106_LOW_MEMORY
