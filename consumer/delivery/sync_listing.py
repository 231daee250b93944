"""One sync: a leased listing is brought to what the policy says, call by call, each answer noted before the next call.

The standing is asked again, TikTok is read where that is needed (after a take-over, after a lost answer, while an audit
runs), then the plan is carried out. What can go wrong is told by the error tree of `client.errors`, and judged here.
"""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from consumer.delivery.create_or_adopt import come_to_be
from consumer.delivery.execute_plan import PlanAnew, make
from consumer.delivery.image_uploads import Asking
from consumer.delivery.main_images import MainImages, main_images
from consumer.delivery.read_back import must_read, read
from consumer.delivery.sync_state import WITHHELD, LeaseLost, Progress, Tools, refusal
from consumer.results.results import Done, Due, Later, Outcome
from policies.images import wanted_images
from policies.product_context import Asked, ProductContext
from policies.rulebook import Rulebook
from policies.standing import LeftAlone, Live, Standing, TakenDown, standing
from records.log.events import End
from schemas.listing import (
    OutcomeKind,
)
from schemas.listing_template import ListingTemplate
from tiktok.client.errors import Gone, Rejected, ShopStopped, TikTokError, Transient, Unknown, Waiting
from tiktok.listing.audits import next_look
from tiktok.listing.desired_listing import Refusal, wanted_listing
from tiktok.listing.price_and_stock import offer_of
from tiktok.listing.price_guard import hold_back
from tiktok.listing.sync_plan import plan, take_down

log = structlog.get_logger(__name__)

MOST_TRIES = 10
STOCK_LEFT = "It is out of stock, and the inventory policy leaves such stock as it was last sent."


class Sync:
    """One lease's work on one listing, on a thread of its own."""

    def __init__(self, due: Due, tools: Tools) -> None:
        self._progress = Progress(due, tools)

    def run(self) -> None:
        """Bring the listing to what it should be, or say when to look again."""
        try:
            self._judged()
        except LeaseLost:
            log.info("lease_lost", **self._progress.names())

    def _judged(self) -> None:
        try:
            self._bring()
        except LeaseLost:
            raise
        except (Transient, ShopStopped) as error:
            self._failed(error, look_first=False)
        except Unknown as error:
            self._failed(error, look_first=True)
        except Gone as error:
            self._gone(error)
        except Rejected as error:
            self._progress.refusals.append(refusal(error))
            self._end(None)
        except Waiting as error:
            self._progress.later.append(self._progress.tools.clock() + (error.wait or timedelta(minutes=15)))
            self._end(None)
        except Exception as error:
            # A fault of ours: this listing alone is tried again, and becomes a dead letter in the end.
            log.exception("sync_broken", **self._progress.names())
            tries = self._progress.due.lease.pending.tries + 1
            at = self._progress.tools.clock() + timedelta(seconds=2.0**tries)
            self._try_again_or_bury(tries, at, f"{type(error).__name__}: {error}", look_first=True)

    def _bring(self) -> None:
        if must_read(self._progress):
            read(self._progress, as_last_sent=self._progress.due.lease.pending.look_first)
        try:
            self._carry_out(self._standing())
        except PlanAnew:
            self._carry_out(self._standing())

    def _standing(self) -> Standing:
        due = self._progress.due
        asked = Asked.PERSON if due.lease.pending.asked else Asked.NOBODY
        context = ProductContext(due.product, self._progress.listing, asked=asked)
        return standing(context, Rulebook(due.shop, due.policy, due.templates, due.template_policies))

    def _carry_out(self, now: Standing) -> None:
        if isinstance(now, LeftAlone):
            self._leave_alone(now)
        elif self._progress.due.lease.pending.following and isinstance(now, Live):
            # All of it was sent: what changed since and was filtered is not sent because an audit is looked at.
            self._progress.note(row=self._row(), stood=now)
        elif isinstance(now, TakenDown):
            make(
                self._progress,
                take_down(now.how, self._progress.listing, self._progress.due.shop.tiktok.warehouse_ids),
            )
            self._end(now)
        else:
            self._bring_live(now)

    def _leave_alone(self, now: LeftAlone) -> None:
        if self._progress.due.event_id is None:
            self._progress.note(row=self._row(), stood=now)
            return
        log.info("superseded", reason=now.reason.value, **self._progress.names())
        self._progress.note(end=End.SUPERSEDED, row=self._row(), stood=now, superseded=now.reason)

    def _bring_live(self, now: Live) -> None:
        due = self._progress.due
        self._progress.template = now.template
        policies = due.template_policies
        offer = offer_of(due.product, now.template, due.shop, policies, self._progress.tools.clock())
        self._progress.images = self._main_images(now.template)
        if self._progress.images.incomplete and self._progress.listing.create_attempt is None:
            self._progress.refusals.append(Outcome(OutcomeKind.REFUSED_HERE, "It waits for its images."))
            self._end(now)
            return
        wanted = wanted_listing(due.product, now.template, due.shop, offer, self._progress.images.uris)
        exists = self._progress.listing.exists
        if isinstance(wanted, Refusal):
            self._progress.refusals.append(Outcome(OutcomeKind.REFUSED_HERE, wanted.sentence()))
            beside = wanted.beside(self._progress.listing) if exists else None
            if beside is None:
                self._end(now)
                return
            wanted = beside
        if not exists and not come_to_be(self._progress, wanted):
            self._end(now)
            return
        adopted_only = self._progress.kind is OutcomeKind.ADOPTED and not due.policy.product_update
        if not adopted_only:
            self._progress.listing = self._progress.listing.under(due.product.sku or "")
            if due.policy.inventory_price_sync:
                pricing, last = policies.pricing_of(now.template), self._progress.listing.last_sent
                self._progress.held = hold_back(wanted, offer, last, pricing, due.confirmed_prices)
            make(
                self._progress,
                plan(
                    self._progress.held.wanted if self._progress.held else wanted,
                    self._progress.listing,
                    inventory_price_sync=due.policy.inventory_price_sync,
                    asked=due.lease.pending.asked,
                ),
            )
        self._end(now)

    def _main_images(self, template: ListingTemplate) -> MainImages:
        """The images that the template's policy wants; without one, the template's own."""
        due = self._progress.due
        policy = due.template_policies.images_of(template)
        if policy is None:
            return MainImages()
        asking = Asking(
            due.shop,
            self._upload,
            self._progress.may_look,
            self._progress.fetch_failed,
            anew=due.lease.pending.asked,
        )
        gathered = self._progress.tools.images.gather(wanted_images(due.product, policy), asking)
        since, now = due.lease.pending.since, self._progress.tools.clock()
        return main_images(gathered, self._progress.listing, template, since=since, now=now)

    def _upload(self, image: bytes) -> str:
        uri = self._progress.tools.shop.upload_image(image, self._progress.exchange, self._progress.may_look)
        self._progress.tools.health.answered()
        return uri

    def _end(self, stood: Standing | None) -> None:
        """Say what became of it. Where a part must wait the row stays, and so do the events."""
        template = stood.template.title if isinstance(stood, Live) else None
        if self._progress.later and not self._progress.refusals:
            self._progress.note(row=Later(min(self._progress.later)), stood=stood, template=template)
            return
        outcome = self._progress.images.told_in(self._outcome())
        news = outcome.message != self._progress.listing.last_message
        refused = self._progress.refusals and (news or not self._progress.images.retry_at)
        told, falls = (
            self._progress.listing.last_message or "",
            self._progress.held.falls if self._progress.held else (),
        )
        guarded = any(fall.sentence() not in told for fall in falls)
        silent = not (self._progress.somebody_waits() or self._progress.accepted or refused or guarded)
        if not silent and outcome.operation != WITHHELD:
            self._progress.listing = replace(
                self._progress.listing, last_outcome=outcome.kind, last_message=outcome.message
            )
        self._progress.note(
            outcome=None if silent else outcome,
            end=End.REJECTED if self._progress.refusals else End.APPLIED,
            row=Later(min(self._progress.later)) if self._progress.later else self._row(),
            stood=stood,
            template=template,
            eligible=isinstance(stood, Live) and not self._progress.refusals,
        )

    def _outcome(self) -> Outcome:
        if self._progress.refusals:
            return self._progress.refusals[0]
        done = self._done()
        if self._progress.held is None or not (self._progress.held.falls or self._progress.held.stock_left):
            return done
        words = [fall.sentence() for fall in self._progress.held.falls]
        if self._progress.held.stock_left:
            words.append(STOCK_LEFT)
        if done.kind is not OutcomeKind.NOTHING_TO_SEND:
            words.insert(0, done.message)
        told = replace(done, message=" ".join(words))
        if not self._progress.held.falls:
            return told
        sku, shop = self._progress.due.product.sku or "", self._progress.due.shop.key
        hint = f"If it is meant so: m2t price confirm {shlex.quote(sku)} --shop {shop}"
        return replace(told, kind=OutcomeKind.PRICE_GUARD, hint=hint)

    def _done(self) -> Outcome:
        """What TikTok took, or that there was nothing to give."""
        if self._progress.accepted:
            last = self._progress.accepted[-1]
            words = ", ".join(one.words for one in self._progress.accepted)
            return Outcome(
                self._progress.kind, f"TikTok accepted it: {words}.", last.operation, 0, last.request_id
            )
        if self._progress.kind is OutcomeKind.ADOPTED:
            return Outcome(
                self._progress.kind,
                f"It was on TikTok already, as {self._progress.listing.tiktok_product_id}: taken over.",
            )
        return Outcome(OutcomeKind.NOTHING_TO_SEND, "TikTok holds all of it already: nothing was sent.")

    def _row(self) -> Done | Later:
        """An audit that runs is followed to its end, and images that are away are looked for again."""
        since, retry_at = self._progress.listing.audit_since, self._progress.images.retry_at
        times = [] if retry_at is None else [retry_at]
        if since is not None:
            times.append(next_look(since, self._progress.tools.clock(), self._progress.tools.audit_look))
        return Later(min(times), following=retry_at is None) if times else Done()

    def _failed(self, error: Transient | ShopStopped | Unknown, *, look_first: bool) -> None:
        pending = self._progress.due.lease.pending
        now = self._progress.tools.clock()
        tries, at = self._progress.tools.health.failed(error, pending.tries, now)
        log.warning(
            "call_failed", error=type(error).__name__, tries=tries, code=error.code, **self._progress.names()
        )
        self._try_again_or_bury(
            tries, at, error.message, look_first=look_first or pending.look_first, error=error
        )

    def _try_again_or_bury(
        self, tries: int, at: datetime, words: str, *, look_first: bool, error: TikTokError | None = None
    ) -> None:
        if tries < MOST_TRIES:
            following = self._progress.due.lease.pending.following
            self._progress.note(row=Later(at, tries, look_first, following))
            return
        outcome = Outcome(
            OutcomeKind.DEAD_LETTERED,
            f"{MOST_TRIES} tries failed while the shop's other calls went well; the last said: {words}.",
            error.operation if error else None,
            error.code if error else None,
            error.request_id if error else None,
            "The next save of the product tries again.",
        )
        self._progress.listing = replace(
            self._progress.listing, last_outcome=outcome.kind, last_message=outcome.message
        )
        self._progress.note(outcome=outcome, end=End.DEAD_LETTERED, row=Done(), dead="exhausted")

    def _gone(self, error: Gone) -> None:
        self._progress.tools.health.answered()
        taken_down = isinstance(self._standing(), TakenDown)
        self._progress.listing = replace(
            self._progress.listing, gone=True, status=None, audit_since=None, create_attempt=None, refused={}
        )
        if taken_down:
            self._progress.kind = OutcomeKind.NOTHING_TO_SEND
            self._end(None)
            return
        self._progress.refusals.append(refusal(error))
        self._end(None)
