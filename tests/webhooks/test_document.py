"""docs/webhooks.md: the project's own code signs and reads its examples; answers and limits are those of the code."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import pytest

from magento.delivery import MOST_PRODUCTS, Accepted, accept
from magento.payloads import strict_json
from magento.senders import SENDERS
from magento.senders.standard import MOST_SIGNATURES, TOLERANCE
from schemas.product_event import LARGEST_RECORD
from schemas.secret import Secret
from schemas.shop import SignatureScheme
from tests.webhooks.examples import MAGENTO, NEW_ID, SHOP
from webhooks.problems import _DETAILS
from webhooks.request_bodies import LARGEST_BODY, SMALL_BODY

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "webhooks.md").read_text()
SENT = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
BODIES = re.findall(r"```json\n(.+?)```", TEXT, re.DOTALL)
QUARANTINED = TEXT.partition("## Quarantine")[2].partition("## Ids")[0]


def example(scheme: SignatureScheme) -> dict[str, str]:
    """Return the lines of the worked example by name."""
    lines = TEXT.partition(f"<!-- example: {scheme} -->\n\n")[2].partition("\n\n")[0].splitlines()
    return {name: value.strip() for name, value in (line.strip().split(":", 1) for line in lines)}


@pytest.mark.parametrize("scheme", SignatureScheme)
def test_the_worked_example_is_what_our_own_code_signs_and_accepts(scheme: SignatureScheme) -> None:
    lines = example(scheme)
    secret, raw = lines.pop("secret"), lines.pop("body").encode()
    magento = replace(MAGENTO, signature_scheme=scheme, secrets=(Secret(secret),))
    assert SENDERS[magento.sender].sign(magento, raw, lines["webhook-id"], SENT) == lines
    accepted = accept(raw, lines, replace(SHOP, magento=magento), SENT, lambda: NEW_ID)
    assert isinstance(accepted, Accepted)
    assert [event.sku for event in accepted.events] == ["MUG-01"]


@pytest.mark.parametrize("body", BODIES)
def test_each_sample_body_is_read(body: str) -> None:
    raw = body.encode()
    accepted = accept(
        raw, SENDERS[MAGENTO.sender].sign(MAGENTO, raw, "msg_1", SENT), SHOP, SENT, lambda: NEW_ID
    )
    assert isinstance(accepted, Accepted)


def test_the_sample_bodies_are_of_different_events() -> None:
    assert len({json.loads(body)["event"] for body in BODIES}) == len(BODIES) == 5


def test_every_answer_is_in_the_table() -> None:
    assert [code for code in _DETAILS if f"`{code}`" not in TEXT] == []


def test_every_reason_of_the_quarantine_is_named() -> None:
    sources = chain((ROOT / "magento" / "payloads").glob("*.py"), [ROOT / "magento" / "delivery.py"])
    found = {
        reason
        for source in sources
        for reason in re.findall(r'(?:NotAProduct|Unreadable)\(\s*"(\w+)"', source.read_text())
    }
    assert len(found) > 10
    assert sorted(reason for reason in found if f"`{reason}`" not in QUARANTINED) == []


@pytest.mark.parametrize(
    "words",
    [
        f"{LARGEST_BODY // 2**20} MiB, but {SMALL_BODY // 1024} KiB",
        f"{MOST_PRODUCTS:,} products; {strict_json.MOST_VALUES:,} values; {strict_json.DEEPEST} levels",
        f"over {round(LARGEST_RECORD / 2**20)} MiB only the first 64 KiB",
        f"at most {TOLERANCE.seconds // 60} minutes away",
        f"the first {MOST_SIGNATURES} count",
    ],
)
def test_the_limits_are_those_of_the_code(words: str) -> None:
    assert words in " ".join(TEXT.split())
