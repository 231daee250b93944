"""A world that drives the reducer against `tiktok_model`, following a script of fates and edits."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import timedelta
from enum import Enum
from typing import Any

from consumer.delivery import answers, steps
from consumer.delivery.answers import Answer, Failure
from consumer.delivery.apply_answer import apply_answer, begin
from consumer.delivery.state import Stage, SyncState
from consumer.delivery.steps import Step, next_step
from schemas.listing import CreateAttempt, ListingStatus
from tests.consumer.delivery.tiktok_model import (
    Missing,
    Records,
    TikTok,
    WrongState,
)
from tiktok.client.responses import Response
from tiktok.listing.category import Category
from tiktok.listing.sync_plan import Operation

AUDIT_LOOK = timedelta(seconds=5)
LONGEST = 400
"""A limit for steps and for leases, far above what any sync needs."""


class Fate(Enum):
    """The result of one step."""

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
    """What happens between the steps of a sync."""

    NAME = "name"
    PRICE = "price"
    STOCK = "quantity"
    DISABLE = "disabled"
    ENABLE = "enabled"
    ASK = "a person asks"
    DELETED_THERE = "a hand deletes it on TikTok"
    TIME = "a minute passes"
    MOVE = "the listing template gets another category"
    OTHER_SKU = "the seller adds a SKU on TikTok"
    OTHER_FIELD = "the seller fills a field on TikTok"
    OTHER_WAREHOUSE = "the seller puts stock into another warehouse"


class Start(Enum):
    """The situation when the script begins."""

    NEW = "the product is on TikTok nowhere"
    LIVE = "it is live"
    LISTED_BY_HAND = "a hand has listed its SKU on TikTok"


class Died(Exception):
    """Raised when the process dies. What was not stored is lost."""


class World:
    """Records, a TikTok, and a script of fates and edits that is consumed step by step."""

    def __init__(self, script: Sequence[Fate | Edit], *, start: Start) -> None:
        self.records = Records()
        self.tiktok = TikTok()
        self._script = list[Fate | Edit]()
        self._edits = 0
        self._keys = 0
        self._postponed = list[Edit]()
        self._is_between_read_and_call = False
        self._answered_creates: set[str] = set()
        if start is Start.LISTED_BY_HAND:
            self.tiktok.list_by_hand()
        self.records.save()
        if start is Start.LIVE:
            self.run()
        self._script = list(script)

    # The script

    def run(self) -> None:
        """Run until the script is over and nothing is due."""
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
        """Return the fate of the next step, after applying the edits before it."""
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
                self.records.mark(requested=True)
            case Edit.DELETED_THERE:
                for product in self.tiktok.products.values():
                    product.status = ListingStatus.DELETED
            case Edit.MOVE:
                self.records.move_category()
            case Edit.OTHER_SKU | Edit.OTHER_FIELD | Edit.OTHER_WAREHOUSE if self._is_between_read_and_call:
                self._postponed.append(edit)
            case Edit.OTHER_SKU:
                for product in self.tiktok.products.values():
                    product.add_sku()
            case Edit.OTHER_FIELD:
                for product in self.tiktok.products.values():
                    product.fill_fields()
            case Edit.OTHER_WAREHOUSE:
                for product in self.tiktok.products.values():
                    product.stock_elsewhere()
            case Edit.TIME:
                self.records.now += timedelta(minutes=1)
        self.tiktok.pass_by(self.records.now)

    # One sync, as `sync_listing` drives it

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
        # TikTok's calls have no precondition: what the seller adds between our read and our call can be lost.
        self._is_between_read_and_call = state.stage is Stage.CALL and state.calls[0].must_be_read
        try:
            fate = self._fate()
            return self._answer_of(step, state, fate)
        finally:
            if isinstance(step, steps.Call):
                self._is_between_read_and_call = False
                while self._postponed:
                    self._edit(self._postponed.pop(0))

    def _answer_of(self, step: Step, state: SyncState, fate: Fate) -> Answer:
        if fate is Fate.DIES_BEFORE:
            raise Died
        answer = self._do(step, fate, state)
        if fate is Fate.DIES_AFTER:
            raise Died
        if fate is Fate.BROKEN:
            return answers.Broken(self.records.now, "ValueError: no", 1, self._after(2))
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
                return answers.CreateAllowed(now, self._after(60) if closed else None)
            case steps.RequeueOwners():
                return answers.OwnersRequeued(now, {})
        if fate in (Fate.UNAVAILABLE, Fate.TOKENS, Fate.NOT_DONE):
            return self._not_written(step, fate)
        if fate is Fate.LOST and not isinstance(step, steps.Call):
            return self._not_written(step, Fate.UNAVAILABLE)
        match step:
            case steps.Read(product_id, last_sent, ownership):
                return answers.ProductRead(now, self.tiktok.read(product_id, last_sent, ownership))
            case steps.Search():
                return answers.CarriersFound(now, self.tiktok.carriers())
            case steps.ReadCategory(key):
                return answers.CategoryRead(now, Category(key.category_id))
            case steps.Call():
                return self._call(step, fate)
        raise AssertionError(f"no model of {step}")

    def _call(self, call: steps.Call, fate: Fate) -> Answer:
        now = self.records.now
        failure = Failure(call.operation, "No.", 12052990)
        if call.operation is Operation.CREATE:
            stored = self.records.listing.create_attempt
            assert stored is not None and stored.body == call.body, "a create is stored before its first try"
        if fate in (Fate.REJECTED, Fate.NOT_NOW, Fate.WRONG_STATUS):
            self._create_is_answered(call)
        if fate is Fate.REJECTED:
            return answers.Rejected(now, failure)
        if fate is Fate.NOT_NOW:
            return answers.NotNow(now, failure, self._after(60))
        if fate is Fate.WRONG_STATUS:
            return answers.WrongStatus(now, failure)
        try:
            data = self.tiktok.write(call.operation, call.product_id, call.body, now)
        except WrongState:
            return answers.WrongStatus(now, failure)
        except Missing:
            return answers.NotFound(now, failure)
        assert len(self.tiktok.carriers()) <= 1, "never two listings"
        assert [product.lost() for product in self.tiktok.products.values() if any(product.lost())] == []
        if fate is Fate.LOST:
            return self._not_written(call, fate)
        self._create_is_answered(call)
        return answers.Accepted(now, Response("request", data))

    def _not_written(self, step: Step, fate: Fate) -> Answer:
        failure, tries = Failure("call", "No answer."), 0
        if fate is Fate.TOKENS:
            return answers.ShopStopped(self.records.now, failure, tries, self._after(60))
        if isinstance(step, steps.Call) and fate is not Fate.UNAVAILABLE:
            return answers.Unknown(self.records.now, failure, tries, self._after(3))
        return answers.Transient(self.records.now, failure, tries, self._after(3))

    def _after(self, seconds: float) -> Any:
        return self.records.now + timedelta(seconds=seconds)

    def _create_is_answered(self, call: steps.Call) -> None:
        if call.operation is Operation.CREATE and self.records.listing.create_attempt is not None:
            self._answered_creates.add(self.records.listing.create_attempt.idempotency_key)

    def _remembers_its_create(self, attempt: CreateAttempt | None) -> None:
        """Check that a create gets a new key only after the previous create was answered or found."""
        stored = self.records.listing.create_attempt
        if stored is None or stored == attempt:
            return
        assert attempt is None or stored.idempotency_key in self._answered_creates
