"""`m2t explain`: one sentence first, for whatever has become of a product; then its state, its checks, its history."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from consumer.notes import Done, Due, Later, Lease, Note, Outcome, record
from policies.decide import Action
from policies.reasons import Reason
from policies.sentences import reason_sentence
from records import events, listings, pending_syncs
from records.events import End
from records.governing import GoverningRecords
from records.pending_syncs import Mark
from schemas.listing import Availability, FirstAudit, LastSent, ListingStatus, Money, OutcomeKind
from schemas.product_event import EventKind
from tests.commands.conftest import Desk
from tests.commands.examples import SECRETS, SKU, at, declaration, policy, saved, shop, template

TIKTOK_ID = "1729592969712207008"
ACCEPTED = Outcome(OutcomeKind.ACCEPTED, "TikTok accepted it: created.")
REFUSED = Outcome(
    OutcomeKind.REJECTED,
    "TikTok said no: the title is too long",
    "create",
    12052001,
    hint="Shorten the name.",
)
SENT = LastSent(
    {"title": "Linen shirt"},
    {SKU: Money("29.00", "USD")},
    {SKU: {"7068517275539719942": 18}},
    Availability.LIVE,
)


def delivered(
    desk: Desk,
    outcome: Outcome | None = ACCEPTED,
    seconds: float = 1,
    row: Done | Later | None = None,
    end: End | None = None,
    **fields: Any,
) -> None:
    """Delivery takes the shirt's row, and this becomes of it; the listing is live unless told otherwise."""
    box, product = desk.box, desk.product(SKU)
    live: dict[str, Any] = {
        "tiktok_product_id": TIKTOK_ID,
        "skus": {SKU: "1729592969712207012"},
        "status": ListingStatus.ACTIVATE,
        "first_audit": FirstAudit.PASSED,
        "last_sent": SENT,
    }
    with desk.database.write() as connection:
        governing = GoverningRecords(box).read(connection)
        (leased,) = pending_syncs.lease(
            connection, "demo", now=at(seconds), until=at(seconds + 20), token="owner", limit=1
        )
        held = listings.load(connection, [product.id])[product.id]
        waiting = events.open_ids(connection, [product.id])[product.id]
        due = Due(
            Lease(leased, at(seconds + 20)),
            product,
            held,
            governing.shops["demo"],
            governing.policy_of("demo").policy,
            governing.templates,
            waiting[0] if waiting else None,
        )
        refused = outcome is not None and outcome.kind.is_refusal
        told = {"last_outcome": outcome.kind, "last_message": outcome.message} if outcome else {}
        if row is None:
            row, end = Done(), End.REJECTED if refused else End.APPLIED
        listing = replace(held, **{**live, **told, **fields})
        assert record(
            connection,
            Note(due, listing, outcome=outcome, end=end, row=row),
            governing,
            at(seconds),
        )


def asked_for(desk: Desk, seconds: float = 5) -> None:
    """A person asks for the shirt to be synced."""
    with desk.database.write() as connection:
        product = desk.product(SKU)
        pending_syncs.mark(connection, [Mark(product.id, "demo", 3, asked=True)], now=at(seconds))


def govern(desk: Desk, **parts: Any) -> None:
    applied = desk.apply(declaration(**parts))
    assert applied.exit_code == 0, applied.output


def with_policy(desk: Desk, **switches: Any) -> None:
    govern(desk, synchronization_policies=[policy(**switches)])


def synced(desk: Desk) -> None:
    desk.take(saved(0))
    delivered(desk)


def verdict(desk: Desk) -> str:
    return str(explained(desk)["verdict"])


def explained(desk: Desk) -> dict[str, Any]:
    told = desk.m2t("explain", SKU, "--json")
    assert told.exit_code == 0, told.output
    (product,) = json.loads(told.stdout)["products"]
    return dict(product)


# Every reason


def stale(desk: Desk) -> None:
    desk.take(saved(10))
    delivered(desk, seconds=11)
    desk.take(saved(0, color="red"), at=12)


def other_store_view(desk: Desk) -> None:
    synced(desk)
    desk.take(saved(5, store_id=3, attributes={"name": "Leinenhemd"}))


def of_another_type(desk: Desk) -> None:
    desk.take(saved(type_id="bundle"))


def update_off(desk: Desk) -> None:
    synced(desk)
    with_policy(desk, product_update=False, inventory_price_sync=False)


def told_then(**told: Any) -> Callable[[Desk], None]:
    def story(desk: Desk) -> None:
        synced(desk)
        desk.take(saved(5, **told))

    return story


def first_told(**told: Any) -> Callable[[Desk], None]:
    def story(desk: Desk) -> None:
        desk.take(saved(**told))

    return story


def upload_off(desk: Desk) -> None:
    with_policy(desk, product_upload=False)
    desk.take(saved())


def gone(desk: Desk) -> None:
    desk.take(saved())
    delivered(desk, REFUSED, gone=True)


def upload_requested(desk: Desk) -> None:
    desk.take(saved(is_new=False))
    asked_for(desk)


def eligible_again(desk: Desk) -> None:
    told_then(status="2")(desk)
    delivered(desk, seconds=6, status=ListingStatus.SELLER_DEACTIVATED)
    desk.take(saved(10))


def template_changed(desk: Desk) -> None:
    govern(desk, listing_templates=[template(), template("Mugs", "11")])
    told_then(attribute_set_id="11")(desk)


def sync_requested(desk: Desk) -> None:
    synced(desk)
    asked_for(desk)


def policy_changed(desk: Desk) -> None:
    synced(desk)
    with_policy(desk, sync_not_visible_individually=True)


def not_accepted(desk: Desk) -> None:
    desk.take(saved())
    delivered(desk, REFUSED)
    desk.take(saved(5, name="Shirt"))


def observing(desk: Desk, **told: Any) -> None:
    with_policy(desk, only_specific_attributes=True, observed_attributes=["color"])
    told_then(**told)(desk)


def price_off(desk: Desk) -> None:
    with_policy(desk, inventory_price_sync=False)
    told_then(price="31.00")(desk)


def never_decided(desk: Desk) -> None:
    upload_requested(desk)
    delivered(desk, seconds=6)


STORIES: Mapping[Reason, Callable[[Desk], None]] = {
    Reason.STALE_EVENT: stale,
    Reason.OTHER_STORE_VIEW: other_store_view,
    Reason.UNSUPPORTED_TYPE: of_another_type,
    Reason.UPDATE_OFF: update_off,
    Reason.PRODUCT_DELETED: first_told(kind=EventKind.DELETED),
    Reason.PRODUCT_DISABLED: first_told(status="2"),
    Reason.NOT_IN_WEBSITE: first_told(website_ids=["2"]),
    Reason.NOT_VISIBLE_INDIVIDUALLY: first_told(visibility="1"),
    Reason.NO_LISTING_TEMPLATE_MATCHES: first_told(attribute_set_id="11"),
    Reason.UPLOAD_OFF: upload_off,
    Reason.EXISTED_BEFORE_UPLOAD: first_told(is_new=False),
    Reason.GONE_ON_TIKTOK: gone,
    Reason.NEW_PRODUCT: first_told(),
    Reason.UPLOAD_REQUESTED: upload_requested,
    Reason.BECAME_ELIGIBLE: eligible_again,
    Reason.TEMPLATE_CHANGED: template_changed,
    Reason.SYNC_REQUESTED: sync_requested,
    Reason.POLICY_CHANGED: policy_changed,
    Reason.NOTHING_CHANGED: synced,
    Reason.NOT_ACCEPTED_YET: not_accepted,
    Reason.NO_OBSERVED_ATTRIBUTE_CHANGED: lambda desk: observing(desk, size="L"),
    Reason.INVENTORY_PRICE_SYNC_OFF: price_off,
    Reason.OBSERVED_ATTRIBUTE_CHANGED: lambda desk: observing(desk, color="red"),
    Reason.ATTRIBUTE_CHANGED: told_then(color="red"),
    Reason.FIRST_SEEN: never_decided,
}


@pytest.mark.parametrize("reason", Reason)
def test_the_verdict_says_each_reason_in_its_words(shop_desk: Desk, reason: Reason) -> None:
    STORIES[reason](shop_desk)
    words = "Synced: TikTok has all" if reason is Reason.NOTHING_CHANGED else reason_sentence(reason)
    assert words.casefold() in verdict(shop_desk).casefold()


@pytest.mark.parametrize(
    ("story", "begins"),
    [
        (synced, "Synced: "),
        (stale, "Synced: "),
        (first_told(status="2"), "Not synced: "),
        (first_told(), "A sync of it waits since 2026-11-24 12:00:00 UTC: the consumer takes it next"),
        (told_then(color="red"), "A sync of it waits since "),
        (price_off, "Synced, but for its last change: "),
        (never_decided, "Its next save is synced: "),
    ],
)
def test_the_verdict_begins_with_what_has_become_of_it(
    shop_desk: Desk, story: Callable[[Desk], None], begins: str
) -> None:
    story(shop_desk)
    assert verdict(shop_desk).startswith(begins)


def test_the_nearest_template_is_named_with_what_the_product_misses(shop_desk: Desk) -> None:
    shop_desk.take(saved(attribute_set_id="11"))
    assert verdict(shop_desk).endswith("Nearest is 'Shirts', but attribute_set_id is 9 (it is 11).")


def test_a_change_that_was_not_observed_is_shown(shop_desk: Desk) -> None:
    observing(shop_desk, size="L")
    assert verdict(shop_desk).endswith("Changed: size: M -> L.")


def test_what_is_kept_on_tiktok_is_said_to_be_sold_still(shop_desk: Desk) -> None:
    told_then(visibility="1")(shop_desk)
    assert verdict(shop_desk).endswith("TikTok still sells it.")


def test_a_take_down_is_said_to_be_one_when_it_is_done(shop_desk: Desk) -> None:
    told_then(status="2")(shop_desk)
    down = replace(SENT, availability=Availability.DEACTIVATED)
    delivered(shop_desk, seconds=6, status=ListingStatus.SELLER_DEACTIVATED, last_sent=down)
    assert verdict(shop_desk) == "Taken down on TikTok (off sale): The product is disabled in Magento."


# Every outcome


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (OutcomeKind.REJECTED, "TikTok refused it"),
        (OutcomeKind.REFUSED_HERE, "refused here before TikTok was asked"),
        (OutcomeKind.AUDIT_FAILED, "TikTok's audit refused it"),
        (OutcomeKind.TWO_LISTINGS_ON_TIKTOK, "more than once"),
        (OutcomeKind.DEAD_LETTERED, "dead letter"),
    ],
)
def test_a_refusal_is_told_in_its_own_words_with_the_hint(
    shop_desk: Desk, kind: OutcomeKind, says: str
) -> None:
    shop_desk.take(saved())
    delivered(shop_desk, replace(REFUSED, kind=kind))
    assert says in verdict(shop_desk)
    assert verdict(shop_desk).endswith("TikTok said no: the title is too long Shorten the name.")


def test_without_the_activity_log_a_refusal_keeps_its_words(shop_desk: Desk) -> None:
    with_policy(shop_desk, activity_log=False)
    shop_desk.take(saved())
    delivered(shop_desk, REFUSED)
    assert verdict(shop_desk).endswith("TikTok said no: the title is too long")


@pytest.mark.parametrize(
    ("row", "listing", "says"),
    [
        (Later(at(60), tries=3), {}, "3 tries failed, the next one is due 2026-11-24 12:01:00 UTC"),
        (Later(at(60), tries=1), {}, "1 try failed"),
    ],
)
def test_a_sync_that_failed_says_how_often_and_when_it_is_tried_again(
    shop_desk: Desk, row: Later, listing: dict[str, Any], says: str
) -> None:
    shop_desk.take(saved())
    delivered(shop_desk, None, row=row, tiktok_product_id=None, first_audit=FirstAudit.NONE)
    assert says in verdict(shop_desk)


def test_a_paused_policy_is_what_a_sync_waits_for(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    with_policy(shop_desk, paused=True)
    assert "its synchronization policy 'Default' is paused" in verdict(shop_desk)


def test_a_running_audit_is_told_beside_the_sync(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    delivered(
        shop_desk,
        row=Later(at(3)),
        audit_since=at(1),
        status=ListingStatus.PENDING,
        first_audit=FirstAudit.RUNNING,
        end=End.APPLIED,
    )
    told = verdict(shop_desk)
    assert told.startswith("Sent: TikTok has all that is known of it. It goes live when")
    assert told.endswith("TikTok's audit of it runs since 2026-11-24 12:00:01 UTC.")


def test_a_sync_in_hand_is_said_to_be_so(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    with shop_desk.database.write() as connection:
        pending_syncs.lease(connection, "demo", now=at(3599), until=at(3619), token="owner", limit=1)
    assert "it is being synced now" in verdict(shop_desk)


def test_a_lease_that_ran_out_is_no_sync_in_hand(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    with shop_desk.database.write() as connection:
        pending_syncs.lease(connection, "demo", now=at(10), until=at(30), token="crashed", limit=1)
    assert "the consumer takes it next" in verdict(shop_desk)


def test_what_is_left_over_after_a_refusal_does_not_hide_it(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    delivered(shop_desk, REFUSED, row=Later(at(7200)), end=End.REJECTED)
    assert verdict(shop_desk).startswith("Not synced, TikTok refused it.")


def test_a_part_that_tiktok_does_not_take_yet_says_when_it_is_looked_at_again(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    delivered(shop_desk, None, row=Later(at(7200)))
    assert "TikTok does not take it yet; the next look is due 2026-11-24 14:00:00 UTC" in verdict(shop_desk)


def test_what_tiktok_took_off_sale_is_not_called_live(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    delivered(shop_desk, status=ListingStatus.PLATFORM_DEACTIVATED)
    assert verdict(shop_desk).endswith("its status there is PLATFORM_DEACTIVATED.")


# State, checks, history


def test_the_state_names_both_sides_and_what_lies_between(shop_desk: Desk) -> None:
    synced(shop_desk)
    state = explained(shop_desk)["state"]
    assert state["Magento"] == "product 41 (Linen shirt)"
    assert state["Status"] == "enabled (1)"
    assert state["Visibility"] == "Catalog, Search (4)"
    assert state["Template"] == "'Shirts' (by Product Assign)"
    assert state["TikTok"] == f"product {TIKTOK_ID}, ACTIVATE"
    assert state["Last sent"] == "content (Linen shirt); price 29.00 USD; stock 18; live"
    assert state["Pending"] == "nothing"


def test_the_pending_row_tells_its_times(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    pending = explained(shop_desk)["state"]["Pending"]
    assert pending == "since 2026-11-24 12:00:00 UTC, due 2026-11-24 12:00:00 UTC, 0 tries failed"


def test_one_check_decides_and_is_marked(shop_desk: Desk) -> None:
    shop_desk.take(saved(visibility="1"))
    (deciding,) = [check for check in explained(shop_desk)["checks"] if check["decides"]]
    assert deciding["reason"] == "not_visible_individually"
    lines = shop_desk.m2t("explain", SKU).stdout.splitlines()
    (marked,) = [line for line in lines if line.startswith("  =>")]
    assert "Visible individually? no (visibility 1)" in marked
    assert marked.endswith("[not_visible_individually]")


def test_the_history_is_newest_first(shop_desk: Desk) -> None:
    told_then(color="red")(shop_desk)
    history = explained(shop_desk)["history"]
    assert [(row["kind"], row["action"]) for row in history] == [
        ("decision", Action.SYNC),
        ("outcome", "none"),
        ("decision", Action.UPLOAD),
    ]
    assert history[0]["message"].endswith("Changed: color: blue -> red.")


def test_without_the_activity_log_there_is_no_history_and_the_rest_is_as_ever(shop_desk: Desk) -> None:
    with_policy(shop_desk, activity_log=False)
    shop_desk.take(saved(visibility="1"))
    told = shop_desk.m2t("explain", SKU).stdout
    assert told.rstrip().endswith("Activity Log is off: no history.")
    assert told.splitlines()[1].startswith("Not synced: The product is Not Visible Individually")


# Which product


def test_each_shop_that_has_the_product_gets_a_block(shop_desk: Desk) -> None:
    govern(shop_desk, shops=[shop(), shop("second")])
    shop_desk.take(saved(), saved(shop="second", status="2"))
    both = json.loads(shop_desk.m2t("explain", SKU, "--json").stdout)["products"]
    assert {one["shop"]: one["verdict"].partition(" ")[0] for one in both} == {"demo": "A", "second": "Not"}
    text = shop_desk.m2t("explain", SKU, "--shop", "second").stdout
    assert text.startswith(f"{SKU} in shop second\nNot synced: ")
    assert "in shop demo" not in text


def test_an_unknown_sku_names_the_shops_searched_and_the_nearest_skus(shop_desk: Desk) -> None:
    shop_desk.take(saved(), saved(1, sku="MUG-01", entity_id="42"))
    told = shop_desk.m2t("explain", "shirt-n")
    assert told.exit_code == 1
    assert "No product 'shirt-n' is known. Shops searched: demo." in told.stderr
    assert f"did you mean {SKU}?" in told.stderr


def test_an_unknown_sku_with_nothing_near_says_what_to_do(shop_desk: Desk) -> None:
    told = shop_desk.m2t("explain", "NOWHERE")
    assert told.exit_code == 1
    assert "m2t trigger" in told.stderr


def test_an_unknown_sku_whose_events_are_dead_letters_says_so(shop_desk: Desk) -> None:
    shop_desk.bury(saved(5), "intake_failed")
    told = shop_desk.m2t("explain", SKU)
    assert told.exit_code == 1
    assert "dead letters: 1, the newest intake_failed at 2026-11-24 12:00:05 UTC." in told.stderr


def test_dead_letters_of_a_known_product_are_part_of_its_state(shop_desk: Desk) -> None:
    synced(shop_desk)
    assert explained(shop_desk)["state"]["Dead letters"] == "none"
    shop_desk.bury(saved(5, color="red"), "intake_failed")
    told = explained(shop_desk)["state"]["Dead letters"]
    assert told == "1, the newest intake_failed at 2026-11-24 12:00:05 UTC"


def test_an_unknown_shop_names_those_that_exist(shop_desk: Desk) -> None:
    told = shop_desk.m2t("explain", SKU, "--shop", "elsewhere")
    assert told.exit_code == 1
    assert "There is no shop 'elsewhere'." in told.stderr
    assert "demo" in told.stderr


def test_no_secret_is_told(shop_desk: Desk) -> None:
    synced(shop_desk)
    told = shop_desk.m2t("explain", SKU).output + shop_desk.m2t("explain", SKU, "--json").output
    assert not [secret for secret in SECRETS if secret in told]
