"""Activate, deactivate, delete and recover, product by product."""

from __future__ import annotations

import pytest

from tests.sandbox.tiktok.caller import Caller

STATUSES = (
    *("DRAFT", "PENDING", "FAILED", "ACTIVATE", "SELLER_DEACTIVATED", "PLATFORM_DEACTIVATED"),
    *("FREEZE", "DELETED"),
)
ALLOWED = {
    "activate": ({"SELLER_DEACTIVATED", "PLATFORM_DEACTIVATED"}, "PENDING"),
    "deactivate": ({"ACTIVATE"}, "SELLER_DEACTIVATED"),
    "delete": (set(STATUSES) - {"FREEZE", "DELETED"}, "DELETED"),
    "recover": ({"DELETED"}, "SELLER_DEACTIVATED"),
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("operation", ALLOWED)
def test_a_status_changes_only_from_the_states_that_allow_it(
    shop: Caller, operation: str, status: str
) -> None:
    product_id = shop.live()
    shop.admin("POST", "edit", {"product_id": product_id, "status": status})
    reply = shop.move(operation, product_id)
    allowed, new_status = ALLOWED[operation]
    assert reply.code == 0
    assert ("errors" in reply.data) == (status not in allowed)
    assert shop.status(product_id)[0] == (new_status if status in allowed else status)


def test_an_activated_product_is_audited_before_it_is_live_again(shop: Caller) -> None:
    product_id = shop.live()
    shop.move("deactivate", product_id)
    shop.move("activate", product_id)
    assert shop.status(product_id) == ("PENDING", "AUDITING")
    shop.clock.pass_by(60)
    assert shop.status(product_id) == ("ACTIVATE", "APPROVED")


def test_a_deleted_product_leaves_its_audit_and_can_still_be_read(shop: Caller) -> None:
    product_id = shop.created()
    shop.move("delete", product_id)
    shop.clock.pass_by(60)
    assert shop.status(product_id) == ("DELETED", "NONE")
    assert shop.partial_edit(product_id, title="Shirt").http_and_code == (200, 12052901)


def test_a_batch_lists_failed_products_and_changes_the_others(shop: Caller) -> None:
    live, pending = shop.live(), shop.created()
    reply = shop.move("deactivate", live, pending, "1729")
    assert (reply.code, reply.message) == (0, "Success")
    errors = [(error["code"], error["detail"]["product_id"]) for error in reply.data["errors"]]
    assert errors == [(12052901, pending), (12052032, "1729")]
    assert [shop.status(product_id)[0] for product_id in (live, pending)] == ["SELLER_DEACTIVATED", "PENDING"]
    assert [(effect["product_id"], effect["code"]) for effect in shop.effects()[-3:]] == [
        (live, 0),
        (pending, 12052901),
        ("1729", 12052032),
    ]


def test_activate_has_its_reasons_in_extra_errors(shop: Caller) -> None:
    product_id = shop.created()
    (error,) = shop.move("activate", product_id).data["errors"]
    assert (error["code"], error["message"]) == (12052990, "Check failed")
    assert error["detail"]["product_id"] == product_id
    assert [reason["code"] for reason in error["detail"]["extra_errors"]] == [12052901]


@pytest.mark.parametrize("operation", ALLOWED)
@pytest.mark.parametrize(("count", "expected"), [(0, (400, 36009004)), (20, (200, 0)), (21, (200, 12019120))])
def test_a_batch_has_one_to_twenty_products(
    shop: Caller, operation: str, count: int, expected: tuple[int, int]
) -> None:
    assert shop.move(operation, *map(str, range(1000, 1000 + count))).http_and_code == expected
