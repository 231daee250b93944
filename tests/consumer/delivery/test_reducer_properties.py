"""Whatever answers come, are lost, or never come: TikTok ends with what the policy says, and nothing is done twice.

The reducer is driven by hand against `tiktok_model`. A script says what becomes of each step, and what happens beside;
once it is over all goes well, and a person asks once more, for what was refused is not repeated by itself.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import timedelta
from enum import Enum
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.delivery import answers, steps
from consumer.delivery.answers import Answer, Refusal
from consumer.delivery.apply_answer import apply_answer, begin
from consumer.delivery.state import SyncState
from consumer.delivery.steps import Step, next_step
from schemas.listing import CreateAttempt, ListingStatus
from tests.consumer.delivery.tiktok_model import (
    BY_HAND,
    Call,
    Missing,
    ModelProduct,
    Records,
    TikTok,
    WrongState,
    wanted_stock,
)
from tiktok.client.responses import Answer as Reply
from tiktok.listing.category import Category
from tiktok.listing.sync_plan import Operation

AUDIT_LOOK = timedelta(seconds=5)
LONGEST = 400
"""Steps and leases until nothing is due any more; many more than any sync takes."""


class Fate(Enum):
    """What becomes of one step."""

    WELL = "it is done and answered"
    LOST = "it is done, and the answer is lost"
    NOT_DONE = "it is not done, and no answer comes"
    UNAVAILABLE = "TikTok is unwell and does nothing"
    TOKENS = "TikTok refuses the tokens"
    REJECTED = "TikTok says no"
    NOT_NOW = "TikTok says not now"
    WRONG_STATUS = "TikTok says that the status forbids it"
    BROKEN = "a fault of our own strikes after it"
    DIES_BEFORE = "the process dies before it"
    DIES_AFTER = "the process dies after it, before anything is stored"


class Edit(Enum):
    """What happens beside the sync."""

    NAME = "name"
    PRICE = "price"
    STOCK = "quantity"
    DISABLE = "disabled"
    ENABLE = "enabled"
    ASK = "a person asks"
    DELETED_THERE = "a hand deletes it on TikTok"
    TIME = "a minute passes"


class Start(Enum):
    """How things are when the script begins."""

    NEW = "the product is on TikTok nowhere"
    LIVE = "it is live"
    LISTED_BY_HAND = "a hand has listed its SKU on TikTok"


class Died(Exception):
    """The process is gone; what was not stored with it."""


class World:
    """Records, a TikTok, and a script of fates and edits that is consumed step by step."""

    def __init__(self, script: Sequence[Fate | Edit], *, start: Start) -> None:
        self.records = Records()
        self.tiktok = TikTok()
        self._script = list[Fate | Edit]()
        self._edits = 0
        self._keys = 0
        self._answered_creates: set[str] = set()
        if start is Start.LISTED_BY_HAND:
            self.tiktok.list_by_hand()
        self.records.save()
        if start is Start.LIVE:
            self.run()
        self._script = list(script)

    # What happens

    def run(self) -> None:
        """Until the script is over and nothing is due."""
        for _ in range(LONGEST):
            if self.records.row is None and not self._script:
                return
            if self.records.row is None:
                self._edit(self._next_edit())
                continue
            with contextlib.suppress(Died):
                self._sync()
        raise AssertionError(f"it comes to no end: {self.records.row} {self.records.listing}")

    def _next_edit(self) -> Edit:
        while self._script:
            if isinstance(found := self._script.pop(0), Edit):
                return found
        return Edit.TIME

    def _fate(self) -> Fate:
        """The fate of the next step, after the edits that come before it."""
        while self._script:
            found = self._script.pop(0)
            if isinstance(found, Fate):
                return found
            self._edit(found)
        return Fate.WELL

    def _edit(self, edit: Edit) -> None:
        self._edits += 1
        match edit:
            case Edit.NAME:
                self.records.save(name=f"Linen shirt {self._edits}")
            case Edit.PRICE:
                self.records.save(price=f"{20 + self._edits}.00")
            case Edit.STOCK:
                self.records.save(quantity=self._edits)
            case Edit.DISABLE:
                self.records.save(status="2")
            case Edit.ENABLE:
                self.records.save(status="1")
            case Edit.ASK:
                self.records.mark(asked=True)
            case Edit.DELETED_THERE:
                for product in self.tiktok.products.values():
                    product.status = ListingStatus.DELETED
            case Edit.TIME:
                self.records.now += timedelta(minutes=1)
        self.tiktok.pass_by(self.records.now)

    # One sync, as the driver does it

    def _sync(self) -> None:
        leased = self.records.lease()
        self.tiktok.pass_by(self.records.now)
        self._keys += 1
        state = begin(leased, self.records.now, audit_look=AUDIT_LOOK, new_key=f"key-{self._keys}")
        for _ in range(LONGEST):
            step = next_step(state)
            assert next_step(state) == step, "next_step is pure"
            if isinstance(step, steps.End):
                self.records.store(step.note)
                return
            state = apply_answer(state, self._answer(step, state))
        raise AssertionError("a sync comes to no end")

    def _answer(self, step: Step, state: SyncState) -> Answer:
        fate = self._fate()
        if fate is Fate.DIES_BEFORE:
            raise Died
        answer = self._do(step, fate, state)
        if fate is Fate.DIES_AFTER:
            raise Died
        if fate is Fate.BROKEN:
            return answers.Broken(self.records.now, "ValueError: no", 1, self._later(2))
        return answer

    def _do(self, step: Step, fate: Fate, state: SyncState) -> Answer:
        now = self.records.now
        match step:
            case steps.Save(note):
                self._remembers_its_create(note.listing.create_attempt)
                self.records.store(note)
                return answers.Saved(now)
            case steps.ForgetImages():
                return answers.ImagesForgotten(now)
            case steps.AllowCreate():
                closed = fate is Fate.NOT_NOW
                return answers.CreateAllowed(now, self._later(60) if closed else None)
            case steps.RequeueOwners():
                return answers.OwnersRequeued(now, {})
        if fate in (Fate.UNAVAILABLE, Fate.TOKENS, Fate.NOT_DONE):
            return self._not_written(step, fate)
        if fate is Fate.LOST and not isinstance(step, steps.Call):
            return self._not_written(step, Fate.UNAVAILABLE)
        match step:
            case steps.Read(product_id, last_sent):
                return answers.ProductRead(now, self.tiktok.read(product_id, last_sent))
            case steps.Search():
                return answers.CarriersFound(now, self.tiktok.carriers())
            case steps.ReadCategory(key):
                return answers.CategoryRead(now, Category(key.category_id))
            case steps.Call():
                return self._call(step, fate)
        raise AssertionError(f"no model of {step}")

    def _call(self, call: steps.Call, fate: Fate) -> Answer:
        now = self.records.now
        refusal = Refusal(call.operation, "No.", 12052990)
        if call.operation is Operation.CREATE:
            stored = self.records.listing.create_attempt
            assert stored is not None and stored.body == call.body, "a create is stored before its first try"
        if fate in (Fate.REJECTED, Fate.NOT_NOW, Fate.WRONG_STATUS):
            self._create_is_answered(call)
        if fate is Fate.REJECTED:
            return answers.Rejected(now, refusal)
        if fate is Fate.NOT_NOW:
            return answers.NotNow(now, refusal, self._later(60))
        if fate is Fate.WRONG_STATUS:
            return answers.WrongStatus(now, refusal)
        try:
            data = self.tiktok.write(call.operation, call.product_id, call.body, now)
        except WrongState:
            return answers.WrongStatus(now, refusal)
        except Missing:
            return answers.NotFound(now, refusal)
        assert len(self.tiktok.carriers()) <= 1, "never two listings"
        if fate is Fate.LOST:
            return self._not_written(call, fate)
        self._create_is_answered(call)
        return answers.Accepted(now, Reply("request", data))

    def _not_written(self, step: Step, fate: Fate) -> Answer:
        refusal, tries = Refusal("call", "No answer."), 0
        if fate is Fate.TOKENS:
            return answers.TokensRefused(self.records.now, refusal, tries, self._later(60))
        if isinstance(step, steps.Call) and fate is not Fate.UNAVAILABLE:
            return answers.Lost(self.records.now, refusal, tries, self._later(3))
        return answers.Unavailable(self.records.now, refusal, tries, self._later(3))

    def _later(self, seconds: float) -> Any:
        return self.records.now + timedelta(seconds=seconds)

    def _create_is_answered(self, call: steps.Call) -> None:
        if call.operation is Operation.CREATE and self.records.listing.create_attempt is not None:
            self._answered_creates.add(self.records.listing.create_attempt.idempotency_key)

    def _remembers_its_create(self, attempt: CreateAttempt | None) -> None:
        """A create under another key is begun only once the one before has been answered, or was found."""
        stored = self.records.listing.create_attempt
        if stored is None or stored == attempt:
            return
        assert attempt is None or stored.idempotency_key in self._answered_creates


segments = st.tuples(st.one_of(st.none(), st.sampled_from(Edit)), st.integers(0, 8), st.sampled_from(Fate))
"""An edit, so many steps that go well, and one that meets its fate."""


@st.composite
def scripts(draw: st.DrawFn) -> list[Fate | Edit]:
    script: list[Fate | Edit] = []
    for edit, well, fate in draw(st.lists(segments, max_size=10)):
        script += [edit] if edit else []
        script += [Fate.WELL] * well
        script.append(fate)
    return script


starts = st.sampled_from(Start)


def asked_until_it_is_settled(world: World) -> None:
    """Enough: a deletion there that nobody has noticed is found by the first call, and mended when asked again."""
    for edit in (Edit.PRICE, Edit.STOCK, Edit.NAME):
        world._edit(edit)
        world._edit(Edit.ASK)
        world.run()


def is_off_sale(product: ModelProduct) -> bool:
    return product.status in (ListingStatus.SELLER_DEACTIVATED, ListingStatus.DELETED)


def may_be_idle(call: Call) -> bool:
    return call.operation is Operation.CREATE or orjson.loads(call.body or "{}").keys() == {
        "category_version"
    }


def only(tiktok: TikTok) -> ModelProduct:
    (product_id,) = tiktok.carriers()
    return tiktok.products[product_id]


@settings(max_examples=300)
@given(scripts(), starts)
def test_in_the_end_tiktok_has_what_the_policy_says(script: list[Fate | Edit], start: Start) -> None:
    world = World(script, start=start)
    world.run()
    asked_until_it_is_settled(world)
    records = world.records
    assert records.open_events == [], "every event has its end"
    if records.product.default["status"] == "2":
        adopted = records.listing.tiktok_product_id
        ours = [one for one in world.tiktok.products.values() if one.id != BY_HAND or adopted == BY_HAND]
        assert all(is_off_sale(product) for product in ours)
        return
    product = only(world.tiktok)
    assert product.status is ListingStatus.ACTIVATE
    assert product.content["title"] == records.product.default["name"]
    assert [money.amount for money in product.price.values()] == [records.product.default["price"]]
    (stock,) = product.stock.values()
    assert stock == wanted_stock(records.product.default["quantity"])
    assert records.listing.tiktok_product_id == product.id


@settings(max_examples=300)
@given(scripts(), starts)
def test_no_accepted_write_changes_nothing(script: list[Fate | Edit], start: Start) -> None:
    """But for a create that is repeated under its key, which TikTok answers with what it made the first time; and for
    the version of the category, which can't be read back: where its answer was lost it is sent once more.
    """
    world = World(script, start=start)
    world.run()
    asked_until_it_is_settled(world)
    idle = [call for call in world.tiktok.calls if not call.changed and not may_be_idle(call)]
    assert idle == []


@pytest.mark.parametrize("fate", [fate for fate in Fate if fate is not Fate.WELL])
@pytest.mark.parametrize("place", range(12))
def test_one_mishap_anywhere_in_an_upload_makes_no_second_listing(fate: Fate, place: int) -> None:
    world = World([*[Fate.WELL] * place, fate], start=Start.NEW)
    world.run()
    asked_until_it_is_settled(world)
    assert len(world.tiktok.products) == 1
    assert len(world.tiktok.by_key) == 1


@pytest.mark.parametrize("edit", [Edit.NAME, Edit.PRICE, Edit.STOCK, Edit.DISABLE])
@pytest.mark.parametrize("fate", [fate for fate in Fate if fate is not Fate.WELL])
def test_one_mishap_in_an_update_repeats_no_write_that_was_done(edit: Edit, fate: Fate) -> None:
    for place in range(4):
        world = World([edit, *[Fate.WELL] * place, fate], start=Start.LIVE)
        world.run()
        asked_until_it_is_settled(world)
        assert [call.operation for call in world.tiktok.calls if not call.changed] == []
