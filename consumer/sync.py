"""One sync: a leased listing is brought to what the policy says, call by call, each answer noted before the next call.

The standing is asked again, TikTok is read where that is needed (after a take-over, after a lost answer, while an audit
runs), then the plan is carried out. What can go wrong is told by the error tree of `tiktok.errors`, and judged here.
"""

from __future__ import annotations

import shlex
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import orjson
import structlog

from consumer.categories import Categories
from consumer.images import Asking, Images
from consumer.listing_cap import ListingCap
from consumer.main_images import MainImages, main_images
from consumer.notes import Done, Due, Later, Note, Outcome, Remark
from consumer.shop_health import ShopHealth
from policies.images import wanted_images
from policies.reasons import Reason
from policies.standing import Asked, LeftAlone, Live, Standing, TakenDown, standing
from records.categories import CategoryKey
from records.events import End
from schemas.listing import (
    Availability,
    Content,
    CreateAttempt,
    FirstAudit,
    Listing,
    ListingStatus,
    OutcomeKind,
    Part,
)
from schemas.listing_template import ListingTemplate
from tiktok.answers import Answer
from tiktok.audits import Verdict, next_look, verdict
from tiktok.category import Category, lacking, read_category
from tiktok.errors import Gone, Rejected, ShopStopped, TikTokError, Transient, Unknown, Waiting, WrongState
from tiktok.exchange import Exchange
from tiktok.holding import HeldBack, hold_back
from tiktok.images import UNKNOWN_URI
from tiktok.listing import Refusal, WantedListing, wanted_listing
from tiktok.offer import offer_of
from tiktok.plan import (
    STARTS_AN_AUDIT,
    Call,
    Operation,
    Plan,
    after,
    create_call,
    digest,
    merge_for_edit,
    plan,
    sent_by_create,
    take_down,
    with_sku_ids,
)
from tiktok.projection import Held
from tiktok.shop import DEADLINE, TikTokShop

log = structlog.get_logger(__name__)

MOST_TRIES = 10
MARGIN = timedelta(seconds=1)
WITHHELD = "withheld"
STOCK_LEFT = "It is out of stock, and the inventory policy leaves such stock as it was last sent."
_STATUS_AFTER = {
    Operation.ACTIVATE: ListingStatus.PENDING,
    Operation.DEACTIVATE: ListingStatus.SELLER_DEACTIVATED,
    Operation.DELETE: ListingStatus.DELETED,
    Operation.RECOVER: ListingStatus.SELLER_DEACTIVATED,
}
_WORDS = {
    Operation.PARTIAL_EDIT: "content",
    Operation.EDIT: "all content",
    Operation.PRICE: "price",
    Operation.INVENTORY: "stock",
    Operation.ACTIVATE: "back on sale",
    Operation.DEACTIVATE: "taken off sale",
    Operation.DELETE: "deleted",
    Operation.RECOVER: "recovered",
}


class LeaseLost(Exception):
    """Another owner has the listing, or might have it before a call of ours would end."""


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A call that TikTok said yes to."""

    operation: Operation
    words: str
    request_id: str | None = None


class _PlanAnew(Exception):
    """TikTok's status is not the one that we knew; it has been read."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a sync works with. `record` writes a note and says whether the lease still holds; `stopping` that no call
    is to begin any more.
    """

    shop: TikTokShop
    health: ShopHealth
    cap: ListingCap
    categories: Categories
    images: Images
    record: Callable[[Note], bool]
    clock: Callable[[], datetime]
    audit_look: timedelta
    exchanged: Callable[[Exchange], None]
    stopping: Callable[[], bool]


class Sync:
    """One lease's work on one listing, on a thread of its own."""

    def __init__(self, due: Due, tools: Tools) -> None:
        self._due = due
        self._tools = tools
        self._listing = due.listing
        self._exchanges: list[Exchange] = []
        self._remarks: list[Remark] = []
        self._accepted: list[_Accepted] = []
        self._refusals: list[Outcome] = []
        self._later: list[datetime] = []
        self._read_again = False
        self._kind = OutcomeKind.ACCEPTED
        self._held: HeldBack | None = None
        self._template: ListingTemplate | None = None
        self._images = MainImages()

    def run(self) -> None:
        """Bring the listing to what it should be, or say when to look again."""
        try:
            self._judged()
        except LeaseLost:
            log.info("lease_lost", **self._names())

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
            self._refusals.append(_refusal(error))
            self._end(None)
        except Waiting as error:
            self._later.append(self._tools.clock() + (error.wait or timedelta(minutes=15)))
            self._end(None)
        except Exception as error:
            # A fault of ours: this listing alone is tried again, and becomes a dead letter in the end.
            log.exception("sync_broken", **self._names())
            tries = self._due.lease.pending.tries + 1
            at = self._tools.clock() + timedelta(seconds=2.0**tries)
            self._try_again_or_bury(tries, at, f"{type(error).__name__}: {error}", look_first=True)

    def _bring(self) -> None:
        if self._must_read():
            self._read(as_last_sent=self._due.lease.pending.look_first)
        try:
            self._carry_out(self._standing())
        except _PlanAnew:
            self._carry_out(self._standing())

    def _standing(self) -> Standing:
        due = self._due
        return standing(
            due.product,
            due.policy,
            due.templates,
            self._listing,
            Asked.PERSON if due.lease.pending.asked else Asked.NOBODY,
            website_id=due.shop.magento.website_id,
        )

    def _carry_out(self, now: Standing) -> None:
        if isinstance(now, LeftAlone):
            self._leave_alone(now)
        elif isinstance(now, TakenDown):
            self._make(take_down(now.how, self._listing, self._due.shop.tiktok.warehouse_ids))
            self._end(now)
        else:
            self._bring_live(now)

    def _leave_alone(self, now: LeftAlone) -> None:
        if self._due.event_id is None:
            self._note(row=self._row(), stood=now)
            return
        log.info("superseded", reason=now.reason.value, **self._names())
        self._note(end=End.SUPERSEDED, row=self._row(), stood=now, superseded=now.reason)

    def _somebody_waits(self) -> bool:
        return self._due.event_id is not None or self._due.lease.pending.asked

    # Reading

    def _must_read(self) -> bool:
        listing = self._listing
        if listing.tiktok_product_id is None or listing.gone:
            return False
        return self._due.lease.pending.look_first or listing.audit_since is not None

    def _read(self, *, as_last_sent: bool) -> Held:
        """What TikTok holds: status and audit always; as last sent where ours is not to be trusted."""
        listing = self._listing
        held = self._tools.shop.get(
            listing.tiktok_product_id or "", listing.last_sent, self._exchange, self._may_start
        )
        self._tools.health.answered()
        if (
            held.status is ListingStatus.DELETED
            and listing.last_sent.availability is not Availability.DELETED
        ):
            raise Gone(Operation.GET, "the product was deleted on TikTok")
        self._listing = replace(
            listing,
            status=held.status,
            skus=held.skus or listing.skus,
            last_sent=held.last_sent if as_last_sent else listing.last_sent,
        )
        if as_last_sent and verdict(held.status, held.audit) is Verdict.RUNNING and not listing.audit_since:
            # An edit whose answer was lost began it; its end is ours to tell.
            self._listing = replace(self._listing, audit_since=self._tools.clock())
        if listing.audit_since is not None or listing.first_audit is FirstAudit.RUNNING:
            self._follow(held)
        return held

    def _follow(self, held: Held) -> None:
        """The audit that we follow: over, or still running."""
        told = verdict(held.status, held.audit)
        first = self._listing.first_audit is FirstAudit.RUNNING
        if told is Verdict.RUNNING:
            return
        if told is Verdict.PASSED:
            self._listing = replace(
                self._listing,
                audit_since=None,
                first_audit=FirstAudit.PASSED,
                last_outcome=OutcomeKind.LIVE,
                last_message="TikTok has approved it.",
            )
            self._note(outcome=Outcome(OutcomeKind.LIVE, "TikTok has approved it."), passed=first)
            return
        words = "; ".join(held.reasons) or "no reason told"
        outcome = Outcome(
            OutcomeKind.AUDIT_FAILED,
            f"TikTok's audit refused it: {words}.",
            hint="Change what it names in Magento; the next save sends it again.",
        )
        last = self._listing.last_sent
        self._listing = replace(
            self._listing,
            audit_since=None,
            first_audit=FirstAudit.FAILED if first else self._listing.first_audit,
            refused={**self._listing.refused, Part.CONTENT: digest(last.content or {})},
            last_sent=replace(held.last_sent, availability=last.availability),
            last_outcome=outcome.kind,
            last_message=outcome.message,
        )
        self._note(outcome=outcome)

    # Live

    def _bring_live(self, now: Live) -> None:
        due = self._due
        self._template = now.template
        policies = due.template_policies
        offer = offer_of(due.product, now.template, due.shop, policies, self._tools.clock())
        self._images = self._main_images(now.template)
        if self._images.incomplete and self._listing.create_attempt is None:
            self._refusals.append(Outcome(OutcomeKind.REFUSED_HERE, "It waits for its images."))
            self._end(now)
            return
        wanted = wanted_listing(due.product, now.template, due.shop, offer, self._images.uris)
        exists = self._listing.tiktok_product_id is not None and not self._listing.gone
        if isinstance(wanted, Refusal):
            self._refusals.append(Outcome(OutcomeKind.REFUSED_HERE, wanted.sentence()))
            beside = wanted.beside(self._listing) if exists else None
            if beside is None:
                self._end(now)
                return
            wanted = beside
        if not exists and not self._come_to_be(wanted):
            self._end(now)
            return
        adopted_only = self._kind is OutcomeKind.ADOPTED and not due.policy.product_update
        if not adopted_only:
            if due.policy.inventory_price_sync:
                pricing, last = policies.pricing_of(now.template), self._listing.last_sent
                self._held = hold_back(wanted, offer, last, pricing, due.confirmed_prices)
            self._make(
                plan(
                    self._held.wanted if self._held else wanted,
                    self._listing,
                    inventory_price_sync=due.policy.inventory_price_sync,
                    asked=due.lease.pending.asked,
                )
            )
        self._end(now)

    def _main_images(self, template: ListingTemplate) -> MainImages:
        """The images that the template's policy wants; without one, the template's own."""
        due = self._due
        policy = due.template_policies.images_of(template)
        if policy is None:
            return MainImages()
        asking = Asking(due.shop, self._upload, self._may_look, anew=due.lease.pending.asked)
        gathered = self._tools.images.gather(wanted_images(due.product, policy), asking)
        since, now = due.lease.pending.since, self._tools.clock()
        return main_images(gathered, self._listing, template, since=since, now=now)

    def _upload(self, image: bytes) -> str:
        uri = self._tools.shop.upload_image(image, self._exchange, self._may_look)
        self._tools.health.answered()
        return uri

    def _forget_images(self, error: Rejected, content: Content | None) -> None:
        """Images that TikTok knows no more go up anew with the next sync."""
        if error.code in UNKNOWN_URI and content is not None:
            self._tools.images.forget(self._due.shop.key, [image["uri"] for image in content["main_images"]])

    def _come_to_be(self, wanted: WantedListing) -> bool:
        """Adopt what TikTok has under this SKU, or create it; False where neither can be."""
        now = self._tools.clock()
        if self._listing.create_attempt is None and (opens := self._tools.cap.waits_until(now)):
            self._later.append(opens)
            return False
        sku = self._due.product.sku or ""
        found = {
            one.product_id: one
            for one in self._tools.shop.search([sku], self._exchange, self._may_start)
            if sku in one.skus
        }
        self._tools.health.answered()
        if len(found) > 1:
            ids = " and ".join(sorted(found))
            self._refusals.append(
                Outcome(
                    OutcomeKind.TWO_LISTINGS_ON_TIKTOK,
                    f"Several TikTok products carry the SKU {sku!r}: {ids}.",
                    hint="Delete all but one of them in TikTok's Seller Center, then save the product again.",
                )
            )
            return False
        if found:
            self._adopt(next(iter(found)))
            return True
        return self._create(wanted)

    def _adopt(self, product_id: str) -> None:
        attempt = self._listing.create_attempt
        ours = sent_by_create(attempt.body) if attempt else self._listing.last_sent
        held = self._tools.shop.get(product_id, ours, self._exchange, self._may_start)
        told = verdict(held.status, held.audit)
        first = {
            Verdict.PASSED: FirstAudit.PASSED,
            Verdict.RUNNING: FirstAudit.RUNNING,
            Verdict.FAILED: FirstAudit.FAILED,
        }
        self._listing = replace(
            self._listing,
            tiktok_product_id=product_id,
            skus=held.skus,
            status=held.status,
            first_audit=first[told],
            gone=False,
            last_sent=held.last_sent,
            create_attempt=None,
            audit_since=self._tools.clock() if told is Verdict.RUNNING else None,
        )
        # A create of ours whose answer was lost is no adoption: it is that create.
        self._kind = OutcomeKind.ACCEPTED if attempt else OutcomeKind.ADOPTED
        if attempt:
            self._accepted.append(_Accepted(Operation.CREATE, "created"))
        self._note(adopted=product_id, passed=told is Verdict.PASSED)

    def _create(self, wanted: WantedListing) -> bool:
        attempt = self._listing.create_attempt
        key = attempt.idempotency_key if attempt else str(uuid.uuid4())
        call = create_call(wanted, key)
        if attempt is None:
            if self._is_refused(call):
                self._refusals.append(_unchanged(self._listing))
                return False
            if self._lacks(call, call.body):
                return False
            attempt = CreateAttempt(key, call.body)
            self._listing = replace(self._listing, create_attempt=attempt)
            self._note()
        try:
            answer = self._tools.shop.send(
                Operation.CREATE, None, attempt.body, self._exchange, self._may_start
            )
        except Waiting as error:
            # A clear no: nothing was made, and the next try makes what is wanted by then.
            self._tools.health.answered()
            self._listing = replace(self._listing, create_attempt=None)
            self._remark_wait(error)
            self._later.append(self._tools.cap.reached(self._tools.clock(), error.wait))
            return False
        except Rejected as error:
            self._tools.health.answered()
            self._forget_images(error, sent_by_create(attempt.body).content)
            self._listing = replace(
                self._listing,
                create_attempt=None,
                refused={**self._listing.refused, Part.CONTENT: call.digest},
            )
            self._refusals.append(_refusal(error))
            return False
        self._tools.health.answered()
        if not answer.data.get("product_id"):
            raise Unknown(
                Operation.CREATE, "TikTok said yes without a product id", request_id=answer.request_id
            )
        self._tools.cap.accepted()
        self._remark_warnings(answer)
        self._accepted.append(_Accepted(Operation.CREATE, "created", answer.request_id))
        listing = replace(
            self._listing,
            tiktok_product_id=str(answer.data["product_id"]),
            status=ListingStatus.PENDING,
            first_audit=FirstAudit.RUNNING,
            gone=False,
            audit_since=self._tools.clock(),
            last_sent=sent_by_create(attempt.body),
            create_attempt=None,
            refused={},
        )
        self._listing = with_sku_ids(listing, answer.data.get("skus") or ())
        self._note()
        return True

    # Calls

    def _make(self, planned: Plan) -> None:
        for call in planned.calls:
            self._send(call, last=call is planned.calls[-1])
        # What failed its first audit becomes ACTIVATE by another content only: there is nothing to wait for.
        failed = self._listing.first_audit is FirstAudit.FAILED and self._kind is OutcomeKind.ACCEPTED
        if planned.waits and not failed:
            now = self._tools.clock()
            since = self._listing.audit_since or self._due.lease.pending.since
            self._later.append(next_look(since, now, self._tools.audit_look))
        if (planned.withheld or failed) and not planned.calls and self._somebody_waits():
            self._refusals.append(_unchanged(self._listing))

    def _send(self, call: Call, *, last: bool) -> None:
        product_id = self._listing.tiktok_product_id or ""
        body = call.body
        if call.operation is Operation.EDIT:
            body = merge_for_edit(self._read(as_last_sent=False).raw, call)
        if self._lacks(call, body):
            return
        try:
            answer = self._tools.shop.send(call.operation, product_id, body, self._exchange, self._may_start)
        except Gone:
            raise
        except WrongState as error:
            self._wrong_state(call, error)
        except Rejected as error:
            self._tools.health.answered()
            self._refuse(call, error)
        except Waiting as error:
            self._tools.health.answered()
            self._remark_wait(error)
            self._later.append(self._tools.clock() + (error.wait or timedelta(minutes=15)))
        else:
            self._tools.health.answered()
            self._accept(call, answer)
            if not last:
                self._note()

    def _accept(self, call: Call, answer: Answer) -> None:
        """What it made true; noted before the next call, or with the end after the last one."""
        listing = self._listing
        status = _STATUS_AFTER.get(call.operation, listing.status)
        audit_since = listing.audit_since
        first_audit = listing.first_audit
        if call.operation in STARTS_AN_AUDIT:
            audit_since = self._tools.clock()
            if first_audit is FirstAudit.FAILED:
                first_audit = FirstAudit.RUNNING
            if status in (ListingStatus.FAILED, ListingStatus.DRAFT, ListingStatus.PLATFORM_DEACTIVATED):
                status = ListingStatus.PENDING
        self._listing = with_sku_ids(
            replace(
                listing,
                status=status,
                audit_since=audit_since,
                first_audit=first_audit,
                last_sent=after(listing.last_sent, call.sends),
                refused={part: name for part, name in listing.refused.items() if part is not call.part},
            ),
            answer.data.get("skus") or (),
        )
        self._remark_warnings(answer)
        self._accepted.append(_Accepted(call.operation, _WORDS[call.operation], answer.request_id))

    def _refuse(self, call: Call, error: Rejected) -> None:
        self._forget_images(error, call.sends.content)
        self._listing = replace(self._listing, refused={**self._listing.refused, call.part: call.digest})
        self._refusals.append(_refusal(error))
        self._note()

    def _wrong_state(self, call: Call, error: WrongState) -> None:
        """Read the status once and plan anew; a running audit is waited for; else it is TikTok's no."""
        self._tools.health.answered()
        if not self._read_again:
            self._read_again = True
            self._read(as_last_sent=True)
            raise _PlanAnew
        if self._listing.audit_since is not None or self._listing.status is ListingStatus.PENDING:
            now = self._tools.clock()
            since = self._listing.audit_since or self._due.lease.pending.since
            self._later.append(next_look(since, now, self._tools.audit_look))
            return
        self._refuse(call, error)

    def _lacks(self, call: Call, body: str) -> bool:
        """What its category demands and the call does not give is refused here; the other parts go on."""
        template, content = self._template, call.sends.content
        if template is None or content is None:
            return False
        id_, version = template.category_id, template.category_version

        def read() -> Category:
            category = read_category(self._tools.shop, id_, version, self._exchange, self._may_start)
            self._tools.health.answered()
            return category

        category = self._tools.categories.of(CategoryKey(self._due.shop.key, id_, version), read)
        whole = None if call.operation is Operation.PARTIAL_EDIT else orjson.loads(body)
        if not (faults := tuple(lacking(category, template, content, whole))):
            return False
        self._listing = replace(self._listing, refused={**self._listing.refused, call.part: call.digest})
        self._refusals.append(Outcome(OutcomeKind.REFUSED_HERE, Refusal(faults).sentence()))
        return True

    def _is_refused(self, call: Call) -> bool:
        return not self._due.lease.pending.asked and self._listing.refused.get(call.part) == call.digest

    # Ends

    def _end(self, stood: Standing | None) -> None:
        """Say what became of it. Where a part must wait the row stays, and so do the events."""
        template = stood.template.title if isinstance(stood, Live) else None
        if self._later and not self._refusals:
            self._note(row=Later(min(self._later)), stood=stood, template=template)
            return
        outcome = self._images.told_in(self._outcome())
        news = outcome.message != self._listing.last_message
        refused = self._refusals and (news or not self._images.retry_at)
        told, falls = self._listing.last_message or "", self._held.falls if self._held else ()
        guarded = any(fall.sentence() not in told for fall in falls)
        silent = not (self._somebody_waits() or self._accepted or refused or guarded)
        if not silent and outcome.operation != WITHHELD:
            self._listing = replace(self._listing, last_outcome=outcome.kind, last_message=outcome.message)
        self._note(
            outcome=None if silent else outcome,
            end=End.REJECTED if self._refusals else End.APPLIED,
            row=Later(min(self._later)) if self._later else self._row(),
            stood=stood,
            template=template,
            eligible=isinstance(stood, Live) and not self._refusals,
        )

    def _outcome(self) -> Outcome:
        if self._refusals:
            return self._refusals[0]
        done = self._done()
        if self._held is None or not (self._held.falls or self._held.stock_left):
            return done
        words = [fall.sentence() for fall in self._held.falls]
        if self._held.stock_left:
            words.append(STOCK_LEFT)
        if done.kind is not OutcomeKind.NOTHING_TO_SEND:
            words.insert(0, done.message)
        told = replace(done, message=" ".join(words))
        if not self._held.falls:
            return told
        sku, shop = self._due.product.sku or "", self._due.shop.key
        hint = f"If it is meant so: m2t price confirm {shlex.quote(sku)} --shop {shop}"
        return replace(told, kind=OutcomeKind.PRICE_GUARD, hint=hint)

    def _done(self) -> Outcome:
        """What TikTok took, or that there was nothing to give."""
        if self._accepted:
            last = self._accepted[-1]
            words = ", ".join(one.words for one in self._accepted)
            return Outcome(self._kind, f"TikTok accepted it: {words}.", last.operation, 0, last.request_id)
        if self._kind is OutcomeKind.ADOPTED:
            return Outcome(
                self._kind, f"It was on TikTok already, as {self._listing.tiktok_product_id}: taken over."
            )
        return Outcome(OutcomeKind.NOTHING_TO_SEND, "TikTok holds all of it already: nothing was sent.")

    def _row(self) -> Done | Later:
        """An audit that runs is followed to its end, and images that are away are looked for again."""
        since, retry_at = self._listing.audit_since, self._images.retry_at
        times = [] if retry_at is None else [retry_at]
        if since is not None:
            times.append(next_look(since, self._tools.clock(), self._tools.audit_look))
        return Later(min(times)) if times else Done()

    def _failed(self, error: Transient | ShopStopped | Unknown, *, look_first: bool) -> None:
        pending = self._due.lease.pending
        now = self._tools.clock()
        tries, at = self._tools.health.failed(error, pending.tries, now)
        log.warning("call_failed", error=type(error).__name__, tries=tries, code=error.code, **self._names())
        self._try_again_or_bury(
            tries, at, error.message, look_first=look_first or pending.look_first, error=error
        )

    def _try_again_or_bury(
        self, tries: int, at: datetime, words: str, *, look_first: bool, error: TikTokError | None = None
    ) -> None:
        if tries < MOST_TRIES:
            self._note(row=Later(at, tries, look_first))
            return
        outcome = Outcome(
            OutcomeKind.DEAD_LETTERED,
            f"{MOST_TRIES} tries failed while the shop's other calls went well; the last said: {words}.",
            error.operation if error else None,
            error.code if error else None,
            error.request_id if error else None,
            "The next save of the product tries again.",
        )
        self._listing = replace(self._listing, last_outcome=outcome.kind, last_message=outcome.message)
        self._note(outcome=outcome, end=End.DEAD_LETTERED, row=Done(), dead="exhausted")

    def _gone(self, error: Gone) -> None:
        self._tools.health.answered()
        taken_down = isinstance(self._standing(), TakenDown)
        self._listing = replace(
            self._listing, gone=True, status=None, audit_since=None, create_attempt=None, refused={}
        )
        if taken_down:
            self._kind = OutcomeKind.NOTHING_TO_SEND
            self._end(None)
            return
        self._refusals.append(_refusal(error))
        self._end(None)

    def _remark_warnings(self, answer: Answer) -> None:
        self._remarks += [Remark("tiktok_warning", f"TikTok remarks: {words}") for words in answer.warnings]

    def _remark_wait(self, error: Waiting) -> None:
        """Told once, however often it is looked at again."""
        words = error.hint or error.message
        if words != self._listing.last_message:
            self._remarks.append(Remark("waits", words))
            self._listing = replace(self._listing, last_message=words)

    # Notes

    def _note(
        self,
        *,
        outcome: Outcome | None = None,
        end: End | None = None,
        row: Done | Later | None = None,
        stood: Standing | None = None,
        template: str | None = None,
        passed: bool = False,
        eligible: bool = False,
        adopted: str | None = None,
        superseded: Reason | None = None,
        dead: str | None = None,
    ) -> None:
        """Write it down before anything else happens. Raises `LeaseLost`."""
        exchanges, self._exchanges = tuple(self._exchanges), []
        remarks, self._remarks = tuple(self._remarks), []
        if outcome is not None:
            log.info(
                "outcome",
                kind=outcome.kind.value,
                operation=outcome.operation,
                code=outcome.code,
                request_id=outcome.request_id,
                **self._names(),
            )
        note = Note(
            due=self._due,
            listing=self._listing,
            exchanges=exchanges,
            outcome=outcome,
            end=end,
            row=row,
            stood=stood,
            template=template,
            passed=passed,
            eligible=eligible,
            adopted=adopted,
            superseded=superseded,
            dead=dead,
            remarks=remarks,
        )
        if not self._tools.record(note):
            raise LeaseLost

    def _may_start(self) -> None:
        """A call starts only while the lease outlasts its deadline."""
        left = self._due.lease.until - self._tools.clock()
        if self._tools.stopping() or left < timedelta(seconds=DEADLINE) + MARGIN:
            raise LeaseLost

    def _may_look(self) -> None:
        """What writes to no listing needs the lease at its beginning only."""
        if self._tools.stopping() or self._due.lease.until - self._tools.clock() < MARGIN:
            raise LeaseLost

    def _exchange(self, exchange: Exchange) -> None:
        self._exchanges.append(exchange)
        self._tools.exchanged(exchange)
        log.info(
            "call",
            operation=exchange.operation,
            http_status=exchange.http_status,
            code=exchange.code,
            request_id=exchange.request_id,
            milliseconds=exchange.milliseconds,
            **self._names(),
        )

    def _names(self) -> dict[str, str | None]:
        return {
            "shop": self._due.shop.key,
            "sku": self._due.product.sku,
            "event_id": self._due.event_id,
        }


def _refusal(error: Rejected) -> Outcome:
    return Outcome(
        OutcomeKind.REJECTED,
        f"TikTok said no: {error.message}",
        error.operation,
        error.code,
        error.request_id,
        error.hint,
    )


def _unchanged(listing: Listing) -> Outcome:
    """What was refused is not sent again as it is."""
    return Outcome(
        OutcomeKind.REJECTED,
        f"Not sent again, for nothing that TikTok refused has changed. {listing.last_message or ''}".strip(),
        WITHHELD,
    )
