"""Who acts on an error of TikTok does not depend on the words of its hint."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.logs.who_acts import who_acts
from tiktok.client.error_codes import MEANING, Meaning


@pytest.mark.parametrize("meaning", dict.fromkeys(MEANING.values()), ids=lambda meaning: meaning.hint[:40])
def test_a_hint_can_be_reworded_without_changing_who_acts(meaning: Meaning) -> None:
    assert who_acts(replace(meaning, hint="In other words.")) == who_acts(meaning)
