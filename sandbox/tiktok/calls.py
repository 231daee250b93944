"""Calls: one HTTP request to the API from the gate to the answer, with the faults and holds that were asked for.

Order: path -> method -> gate -> fault -> hold -> body -> effect.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.tiktok import body as told
from sandbox.tiktok.body import Body
from sandbox.tiktok.effects import Effect, operation_name, request_id
from sandbox.tiktok.endpoints import Operation, Route, resolve
from sandbox.tiktok.faults import Fault, Kind
from sandbox.tiktok.gate import Request, admit
from sandbox.tiktok.holds import AFTER, BEFORE, HeldCall, Hold
from sandbox.tiktok.operations import carry_out, seller_skus_of
from sandbox.tiktok.outcomes import Outcome, Touched
from sandbox.tiktok.refusals import FAULT, THROTTLED, Refused
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.world import World


class Dropped(Exception):
    """The connection is to end without an answer."""


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
    seller_skus: tuple[str, ...]
    request_id: str
    began: float


def answer(world: World, request: Request) -> Answer:
    """Serve one request. Raises `Dropped` where its answer is to get lost."""
    with world.now() as now:
        named = request_id(now, secrets.token_hex(10))
        route: Route | None = None
        try:
            route = resolve(request.method, request.path)
            wants_cipher = route.operation is not Operation.SHOPS
            shop = admit(request, world.shops, world.tokens, now, wants_cipher=wants_cipher)
        except Refused as refusal:
            _note_refusal(world, refusal, route, named, now)
            return _refused(refusal, named)
        body = told.peek(request.body)
        skus = seller_skus_of(world, shop, route, body)
        fault = world.faults.take(route.operation, skus)
        hold = world.holds.take(route.operation, skus)
    return _answer(world, Call(route, shop, request, body, skus, named, now), fault, hold)


def refresh_token(world: World, query: Mapping[str, str]) -> Answer:
    """The auth host's token refresh: unsigned, and answered with 200 whatever it says."""
    with world.now() as now:
        named = request_id(now, secrets.token_hex(10))
        try:
            data = world.tokens.refresh(query, now)
        except Refused as refusal:
            return Answer(200, _refused(refusal, named).document)
    return Answer(200, {"code": 0, "message": "success", "data": data, "request_id": named})


def _answer(world: World, call: Call, fault: Fault | None, hold: Hold | None) -> Answer:
    if fault is not None and fault.kind is Kind.SLOW:
        threading.Event().wait(fault.seconds)
    if hold is not None and hold.when == BEFORE:
        _hold(world, call, hold)
    with world.now() as now:
        try:
            _break(world, call, fault, now)
            outcome = carry_out(world, call.shop, call.route, call.request, now)
        except Refused as refusal:
            injected = fault.kind.value if fault and fault.kind in _REFUSING else None
            done = _refused(refusal, call.request_id, fault if injected else None)
            _note(world, call, now, _none_done(call, refusal.code), refusal, injected)
        else:
            done = Answer(200, _document(0, "Success", outcome.data, call.request_id))
            dropped = fault.kind.value if fault and fault.kind in (Kind.DROP_AFTER, Kind.SLOW) else None
            _note(world, call, now, outcome, None, dropped)
    if hold is not None and hold.when == AFTER:
        _hold(world, call, hold)
    if fault is not None and fault.kind is Kind.DROP_AFTER:
        raise Dropped
    return done


_REFUSING = (Kind.THROTTLE, Kind.FAULT, Kind.REJECT)


def _break(world: World, call: Call, fault: Fault | None, now: float) -> None:
    """Make the fault happen that keeps the call from being done."""
    if fault is None:
        return
    if fault.kind is Kind.DROP_BEFORE:
        _note(world, call, now, _none_done(call, None), None, fault.kind.value)
        raise Dropped
    if fault.kind is Kind.THROTTLE:
        raise Refused(THROTTLED, "Too many requests. Slow down and try again.")
    if fault.kind is Kind.FAULT:
        raise Refused(FAULT, "Internal error. Try again later.")
    if fault.kind is Kind.REJECT:
        raise Refused(fault.code, fault.message)


def _hold(world: World, call: Call, hold: Hold) -> None:
    world.holds.wait(
        HeldCall(
            operation=call.route.operation.value,
            product_id=call.route.product_id,
            seller_skus=call.seller_skus,
            when=hold.when,
            seconds=hold.seconds,
            since=world.clock(),
        )
    )


def _none_done(call: Call, code: int | None) -> Outcome:
    return Outcome(touched=(Touched(call.route.product_id, call.seller_skus, None, code or 0),))


def _note(
    world: World, call: Call, now: float, outcome: Outcome, refusal: Refused | None, fault: str | None
) -> None:
    """One effect for each product that was written, one for the whole of a read or a refusal."""
    reading_many = call.route.operation in (Operation.SEARCH, Operation.SHOPS)
    rows = outcome.touched if outcome.touched and not reading_many else (Touched("", call.seller_skus),)
    for row in rows:
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
                code=None if fault == Kind.DROP_BEFORE else refusal.code if refusal else row.code,
                http_status=refusal.http_status if refusal else 200,
                message=refusal.message if refusal else "",
                request_id=call.request_id,
                status=row.status or (product.status.value if product else None),
                body=call.body,
                fault=fault,
                replay=outcome.replay,
            )
        )


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
