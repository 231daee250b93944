"""Calls: one HTTP request to the API from the gate to the answer, with the faults and holds that were asked for.

Order: path -> method -> gate -> fault -> hold -> body -> effect.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.tiktok.api import request_body
from sandbox.tiktok.api.endpoints import LOOKUPS, WITHOUT_SHOP, Operation, Route, resolve
from sandbox.tiktok.api.errors import FAULT, THROTTLED, Refused
from sandbox.tiktok.api.operations import carry_out, product_ids_of, seller_skus_of
from sandbox.tiktok.api.outcomes import Outcome, Touched
from sandbox.tiktok.api.request_body import Body
from sandbox.tiktok.api.request_checks import Request, admit, check_scope
from sandbox.tiktok.control.effects import Effect, operation_name, request_id
from sandbox.tiktok.control.faults import Fault, Kind
from sandbox.tiktok.control.holds import AFTER, BEFORE, HeldCall, Hold
from sandbox.tiktok.products import image_uploads
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.world import World


class Dropped(Exception):
    """The connection is to end without an answer."""


class Garbled(Exception):
    """The answer is to be what no client can read."""


class Dripping(Exception):
    """The answer is to come byte by byte, for so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"for {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    http_status: int
    document: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """A call that the gate let in."""

    route: Route
    shop: Shop
    request: Request
    body: Body
    product_ids: tuple[str, ...]
    seller_skus: tuple[str, ...]
    request_id: str
    began: float


def answer(world: World, request: Request) -> Answer:
    """Serve one request. Raises `Dropped`, `Garbled` or `Dripping` where its answer is to get lost."""
    with world.now() as now:
        named = request_id(now, secrets.token_hex(10))
        route: Route | None = None
        try:
            route = resolve(request.method, request.path)
            wants_cipher = route.operation not in WITHOUT_SHOP
            shop = admit(request, world.shops, world.tokens, now, wants_cipher=wants_cipher)
            check_scope(shop, route.operation)
        except Refused as refusal:
            _note_refusal(world, refusal, route, named, now)
            return _refused(refusal, named)
        uploads_one = route.operation is Operation.UPLOAD_IMAGE
        body = image_uploads.described(request) if uploads_one else request_body.peek(request.body)
        ids = product_ids_of(route, body)
        skus = seller_skus_of(world, shop, ids, body)
        fault = world.faults.take(route.operation, skus)
        hold = world.holds.take(route.operation, skus)
        settings = world.catalogue.settings
        if fault is None and world.rates.is_too_many(shop, settings.calls_per_second, now):
            fault = Fault(route.operation, Kind.THROTTLE, retry_after=settings.retry_after)
    return _answer(world, Call(route, shop, request, body, ids, skus, named, now), fault, hold)


def give_tokens(world: World, grant: str, query: Mapping[str, str]) -> Answer:
    """The auth host's `get` or `refresh`: unsigned, and answered with 200 whatever it says."""
    with world.now() as now:
        named = request_id(now, secrets.token_hex(10))
        try:
            data = (world.tokens.get if grant == "get" else world.tokens.refresh)(query, now)
        except Refused as refusal:
            return Answer(200, _refused(refusal, named).document)
    return Answer(200, {"code": 0, "message": "success", "data": data, "request_id": named})


def _answer(world: World, call: Call, fault: Fault | None, hold: Hold | None) -> Answer:
    if fault is not None and fault.kind is Kind.SLOW:
        time.sleep(fault.seconds)
    if hold is not None and hold.when == BEFORE:
        _hold(world, call, hold)
    with world.now() as now:
        kind = fault.kind.value if fault else None
        if kind == Kind.DROP_BEFORE:
            _note(world, call, now, _untouched(call, None), kind)
            raise Dropped
        try:
            _end_token(world, call, fault, now)
            _refuse_on_purpose(fault)
            outcome = carry_out(world, call.shop, call.route, call.request, now)
        except Refused as refusal:
            done = _refused(refusal, call.request_id, fault)
            _note(world, call, now, _untouched(call, refusal.code), kind, refusal)
        else:
            done = Answer(200, _document(0, "Success", outcome.data, call.request_id))
            _note(world, call, now, outcome, kind)
    if hold is not None and hold.when == AFTER:
        _hold(world, call, hold)
    if kind == Kind.DROP_AFTER:
        raise Dropped
    if kind == Kind.GARBAGE:
        raise Garbled
    if fault is not None and fault.kind is Kind.DRIP:
        raise Dripping(fault.seconds)
    return done


def _end_token(world: World, call: Call, fault: Fault | None, now: float) -> None:
    """Raises `Refused`, as the gate does of such a token."""
    if fault is None or fault.kind not in (Kind.TOKEN_EXPIRED, Kind.TOKEN_REVOKED):
        return
    if fault.kind is Kind.TOKEN_EXPIRED:
        world.tokens.expire(call.request.token, now)
    else:
        world.tokens.revoke(call.request.token)
    world.tokens.opens(call.request.token, now)


def _refuse_on_purpose(fault: Fault | None) -> None:
    if fault is None:
        return
    if fault.kind is Kind.THROTTLE:
        raise Refused(THROTTLED, "Too many requests. Slow down and try again.")
    if fault.kind is Kind.FAULT:
        raise Refused(FAULT, "Internal error. Try again later.")
    if fault.kind is Kind.REJECT:
        raise Refused(fault.code, fault.message)


def _hold(world: World, call: Call, hold: Hold) -> None:
    world.holds.wait(
        HeldCall(hold, call.route.operation.value, call.route.product_id, call.seller_skus, world.clock())
    )


def _untouched(call: Call, code: int | None) -> Outcome:
    """Nothing was done to any of the products that the call names."""
    return Outcome(
        touched=tuple(Touched(one, call.seller_skus, None, code) for one in call.product_ids or ("",))
    )


def _note(
    world: World, call: Call, now: float, outcome: Outcome, fault: str | None, refusal: Refused | None = None
) -> None:
    """One effect for each product that a call names or makes; one for the whole of a call that names none."""
    names_none = call.route.operation in WITHOUT_SHOP | LOOKUPS | {Operation.SEARCH}
    for row in (Touched("", call.seller_skus, code=_code(outcome)),) if names_none else outcome.touched:
        product = world.catalogue.products.get(row.product_id)
        world.effects.append(
            Effect(
                seq=world.effects.next_seq,
                at=now,
                began=call.began,
                shop=call.shop.shop_cipher,
                operation=operation_name(call.route.operation),
                product_id=row.product_id or None,
                seller_skus=row.seller_skus,
                code=row.code,
                http_status=refusal.http_status if refusal else None if row.code is None else 200,
                message=refusal.message if refusal else "",
                request_id=call.request_id,
                status=row.status or (product.status.value if product else None),
                body=call.body,
                fault=fault,
                replay=outcome.replay,
            )
        )


def _code(outcome: Outcome) -> int | None:
    return outcome.touched[0].code if outcome.touched else 0


def _note_refusal(world: World, refusal: Refused, route: Route | None, named: str, now: float) -> None:
    """The gate's no. Nothing of an unproven caller's body is kept."""
    world.effects.append(
        Effect(
            seq=world.effects.next_seq,
            at=now,
            began=now,
            shop=None,
            operation=operation_name(route.operation if route else None),
            product_id=(route.product_id if route else "") or None,
            seller_skus=(),
            code=refusal.code,
            http_status=refusal.http_status,
            message=refusal.message,
            request_id=named,
            status=None,
            body={},
        )
    )


def _refused(refusal: Refused, named: str, fault: Fault | None = None) -> Answer:
    retry_after = fault.retry_after if fault else None
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Answer(refusal.http_status, _document(refusal.code, refusal.message, None, named), headers)


def _document(code: int, message: str, data: object, named: str) -> dict[str, Any]:
    return {"code": code, "data": data, "message": message, "request_id": named}
