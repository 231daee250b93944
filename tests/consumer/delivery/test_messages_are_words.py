"""State is a code: a wait, a withheld price or a rejection is recognised whatever the words of its message."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from consumer.delivery import answers
from consumer.delivery.answers import Failure
from consumer.delivery.apply_answer import apply_answer, begin
from consumer.delivery.image_uploads import Gathered, MissingImage
from consumer.delivery.state import Stage, SyncState
from consumer.delivery.steps import End, Read, ReadCategory, Save, Step, next_step
from consumer.results.results import Note
from records.catalog.listings import Holder
from schemas.image_policy import ImagePolicy
from schemas.listing import Availability, FirstAudit, LastSent, Listing, ListingStatus, Money, OutcomeKind
from schemas.template_policies import TemplatePolicies
from tests.consumer.delivery.tiktok_model import Records
from tests.consumer.engine import SKU, TEMPLATE
from tests.policies import examples
from tests.records.examples import SHOP
from tiktok.client.error_codes import MEANING
from tiktok.client.errors import NotNow
from tiktok.client.responses import Response
from tiktok.listing.category import Category
from tiktok.listing.remote_product import RemoteProduct

LOOK = timedelta(seconds=5)
"""The shortest interval between two reads of a running audit."""


def reworded(listing: Listing) -> Listing:
    """Return the listing as a version with other messages would have stored it."""
    return replace(listing, last_message="Other words.")


def started(records: Records, listing: Listing) -> SyncState:
    records.listing = listing
    if records.row is None:
        records.save()
    return begin(records.lease(), records.now, audit_look=LOOK, new_key="key")


def note_of(state: SyncState) -> Note:
    step: Step = next_step(state)
    assert isinstance(step, End)
    return step.note


def test_whatever_waits_for_tiktok_has_a_code_of_its_own() -> None:
    waits = {code for code, meaning in MEANING.items() if issubclass(meaning.error, NotNow)}
    assert waits == answers.WAITS.keys()


def test_a_wait_for_another_listing_is_remarked_once_and_then_searched_again() -> None:
    owners = {"1729": Holder(9, "OTHER", on_sale=True, waits=False)}

    def waits(listing: Listing) -> SyncState:
        state = replace(started(Records(), listing), stage=Stage.OWNERS, carriers=frozenset({"1729"}))
        return apply_answer(state, answers.OwnersRequeued(state.now, owners))

    first = note_of(waits(Listing(7, SHOP.key)))
    assert [remark.reason for remark in first.remarks] == ["waits"]
    assert waits(reworded(first.listing)).stage is Stage.SEARCH_AGAIN


@pytest.mark.parametrize("code", [12052093, 12052038, 12052393, 12059999])
def test_what_waits_on_tiktok_is_remarked_once(code: int) -> None:
    state = started(Records(), Listing(7, SHOP.key))
    once = state.with_wait_remark(answers.wait_code(Failure("create", "", code)), "It waits.")
    again = replace(once, remarks=(), listing=reworded(once.listing))
    again = again.with_wait_remark(answers.wait_code(Failure("create", "", code)), "It still waits.")
    assert (len(once.remarks), len(again.remarks)) == (1, 0)


class TestImagesThatAreAway:
    """A new listing waits for its images: this is reported once, and again if other images are missing."""

    def note(self, listing: Listing, image: str) -> Note:
        records = Records()
        records.open_events, records.row = [], None
        records.mark()
        leased = replace(
            records.lease(),
            listing=listing,
            templates=(replace(TEMPLATE, image_policy="Own"),),
            template_policies=TemplatePolicies(image_policies={"Own": ImagePolicy("Own")}),
        )
        state = begin(leased, records.now, audit_look=LOOK, new_key="key")
        assert state.stage is Stage.IMAGES
        away = MissingImage("It does not answer.", "", temporary=True, image=image)
        return note_of(apply_answer(state, answers.ImagesGathered(state.now, Gathered((), (away,)))))

    def test_it_is_stated_once(self) -> None:
        first = self.note(Listing(7, SHOP.key), "a.png")
        assert first.outcome is not None
        assert self.note(reworded(first.listing), "a.png").outcome is None
        assert self.note(reworded(first.listing), "b.png").outcome is not None


class TestAPriceThatTheGuardHolds:
    """It is reported once for each price drop, even if no event is open."""

    LISTED = Listing(
        7,
        SHOP.key,
        tiktok_product_id="1729",
        skus={SKU: "1"},
        status=ListingStatus.ACTIVATE,
        first_audit=FirstAudit.PASSED,
        last_sent=LastSent(None, {SKU: Money("290.00", "USD")}, {}, Availability.LIVE),
    )

    def note(self, listing: Listing) -> Note:
        records = Records(listing=listing)
        records.mark()
        guarded = examples.pricing(title="Guarded", guard_percent="50")
        leased = replace(
            records.lease(),
            templates=(replace(TEMPLATE, pricing_policy="Guarded"),),
            template_policies=TemplatePolicies(pricing_policies={"Guarded": guarded}),
        )
        state = begin(leased, records.now, audit_look=LOOK, new_key="key")
        while not isinstance(step := next_step(state), End):
            state = apply_answer(state, _accepted(step, state))
        return step.note

    def test_it_is_stated_once(self) -> None:
        first = self.note(self.LISTED)
        assert first.outcome is not None and first.outcome.kind is OutcomeKind.PRICE_GUARD
        assert self.note(reworded(first.listing)).outcome is None
        forgotten = replace(first.listing, last_codes=())
        assert self.note(forgotten).outcome is not None


def _accepted(step: Step, state: SyncState) -> answers.Answer:
    match step:
        case Save():
            return answers.Saved(state.now)
        case ReadCategory(key):
            return answers.CategoryRead(state.now, Category(key.category_id))
        case Read(product_id):
            product = RemoteProduct(product_id, ListingStatus.ACTIVATE, None, (), {}, LastSent(), {})
            return answers.ProductRead(state.now, product)
    return answers.Accepted(state.now, Response("request"))
