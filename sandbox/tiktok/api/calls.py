"""Handle one HTTP request to the API, from its checks to the response, with the requested faults and holds.

Order: path -> method -> request checks -> fault -> hold -> body -> effect.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.tiktok.api.operations import execute, product_ids_in, seller_skus_for
from sandbox.tiktok.api.request_checks import authenticate, check_scope
from sandbox.tiktok.products import image_uploads
from sandbox.tiktok.products.outcomes import Outcome, ProductOutcome
from sandbox.tiktok.protocol import request_body
from sandbox.tiktok.protocol.endpoints import LOOKUPS, WITHOUT_SHOP, Operation, Route, resolve
from sandbox.tiktok.protocol.errors import FAULT, THROTTLED, ApiError
from sandbox.tiktok.protocol.request import Request
from sandbox.tiktok.protocol.request_body import Body
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.state.effects import Effect, new_request_id, operation_name
from sandbox.tiktok.state.faults import Fault, Kind
from sandbox.tiktok.state.holds import AFTER, BEFORE, Hold, WaitingCall
from sandbox.tiktok.state.world import World


class DropConnection(Exception):
    """End the connection without a response."""


class SendGarbage(Exception):
    """Respond with something that is not JSON."""


class DripResponse(Exception):
    """Send the response byte by byte, for so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"for {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """A response of the API."""

    http_status: int
    document: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """A call that passed the request checks."""

    route: Route
    shop: Shop
    request: Request
    body: Body
    product_ids: tuple[str, ...]
    seller_skus: tuple[str, ...]
    request_id: str
    began: float


def handle_request(world: World, request: Request) -> ApiResponse:
    """Handle one request. Raises `DropConnection`, `SendGarbage` or `DripResponse` if its response must get lost."""
    with world.locked() as now:
        request_id = new_request_id(now, secrets.token_hex(10))
        route: Route | None = None
        try:
            route = resolve(request.method, request.path)
            needs_cipher = route.operation not in WITHOUT_SHOP
            shop = authenticate(request, world.shops, world.tokens, now, needs_cipher=needs_cipher)
            check_scope(shop, route.operation)
        except ApiError as error:
            _log_rejection(world, error, route, request_id, now)
            return _error_response(error, request_id)
        is_upload = route.operation is Operation.UPLOAD_IMAGE
        body = image_uploads.log_entry(request) if is_upload else request_body.parse_or_empty(request.body)
        ids = product_ids_in(route, body)
        skus = seller_skus_for(world, shop, ids, body)
        fault = world.faults.take(route.operation, skus)
        hold = world.holds.take(route.operation, skus)
        settings = world.catalog.settings
        if fault is None and world.rate_limit.is_exceeded(shop, settings.calls_per_second, now):
            fault = Fault(route.operation, Kind.THROTTLE, retry_after=settings.retry_after)
    return _execute(world, Call(route, shop, request, body, ids, skus, request_id, now), fault, hold)


def issue_tokens(world: World, grant: str, query: Mapping[str, str]) -> ApiResponse:
    """Handle the auth host's `get` or `refresh`: unsigned, and the HTTP status is always 200."""
    with world.locked() as now:
        request_id = new_request_id(now, secrets.token_hex(10))
        try:
            data = (world.tokens.get if grant == "get" else world.tokens.refresh)(query, now)
        except ApiError as error:
            return ApiResponse(200, _error_response(error, request_id).document)
    return ApiResponse(200, {"code": 0, "message": "success", "data": data, "request_id": request_id})


def _execute(world: World, call: Call, fault: Fault | None, hold: Hold | None) -> ApiResponse:
    if fault is not None and fault.kind is Kind.SLOW:
        time.sleep(fault.seconds)
    if hold is not None and hold.when == BEFORE:
        _hold(world, call, hold)
    with world.locked() as now:
        kind = fault.kind.value if fault else None
        if kind == Kind.DROP_BEFORE:
            _log(world, call, now, _not_executed(call, None), kind)
            raise DropConnection
        try:
            _end_token(world, call, fault, now)
            _raise_fault(fault)
            outcome = execute(world, call.shop, call.route, call.request, now)
        except ApiError as error:
            response = _error_response(error, call.request_id, fault)
            _log(world, call, now, _not_executed(call, error.code), kind, error)
        else:
            response = ApiResponse(200, _document(0, "Success", outcome.data, call.request_id))
            _log(world, call, now, outcome, kind)
    if hold is not None and hold.when == AFTER:
        _hold(world, call, hold)
    if kind == Kind.DROP_AFTER:
        raise DropConnection
    if kind == Kind.GARBAGE:
        raise SendGarbage
    if fault is not None and fault.kind is Kind.DRIP:
        raise DripResponse(fault.seconds)
    return response


def _end_token(world: World, call: Call, fault: Fault | None, now: float) -> None:
    """Expire or revoke the token if the fault says so, and raise `ApiError` for it as the request checks do."""
    if fault is None or fault.kind not in (Kind.TOKEN_EXPIRED, Kind.TOKEN_REVOKED):
        return
    if fault.kind is Kind.TOKEN_EXPIRED:
        world.tokens.expire(call.request.token, now)
    else:
        world.tokens.revoke(call.request.token)
    world.tokens.shop_ciphers(call.request.token, now)


def _raise_fault(fault: Fault | None) -> None:
    if fault is None:
        return
    if fault.kind is Kind.THROTTLE:
        raise ApiError(THROTTLED, "Too many requests. Slow down and try again.")
    if fault.kind is Kind.FAULT:
        raise ApiError(FAULT, "Internal error. Try again later.")
    if fault.kind is Kind.REJECT:
        raise ApiError(fault.code, fault.message)


def _hold(world: World, call: Call, hold: Hold) -> None:
    world.holds.wait(
        WaitingCall(hold, call.route.operation.value, call.route.product_id, call.seller_skus, world.clock())
    )


def _not_executed(call: Call, code: int | None) -> Outcome:
    """Return an outcome in which nothing was done to the products that the call names."""
    return Outcome(
        products=tuple(
            ProductOutcome(product_id, call.seller_skus, None, code)
            for product_id in call.product_ids or ("",)
        )
    )


def _log(
    world: World, call: Call, now: float, outcome: Outcome, fault: str | None, error: ApiError | None = None
) -> None:
    """Log an effect for each product that the call names or creates, or one for a call that names none."""
    has_no_products = call.route.operation in WITHOUT_SHOP | LOOKUPS | {Operation.SEARCH}
    for row in (
        (ProductOutcome("", call.seller_skus, code=_code(outcome)),) if has_no_products else outcome.products
    ):
        product = world.catalog.products.get(row.product_id)
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
                http_status=error.http_status if error else None if row.code is None else 200,
                message=error.message if error else "",
                request_id=call.request_id,
                status=row.status or (product.status.value if product else None),
                body=call.body,
                fault=fault,
                replay=outcome.replay,
            )
        )


def _code(outcome: Outcome) -> int | None:
    return outcome.products[0].code if outcome.products else 0


def _log_rejection(world: World, error: ApiError, route: Route | None, request_id: str, now: float) -> None:
    """Log a call that failed the request checks, without its body: the caller is unproven."""
    world.effects.append(
        Effect(
            seq=world.effects.next_seq,
            at=now,
            began=now,
            shop=None,
            operation=operation_name(route.operation if route else None),
            product_id=(route.product_id if route else "") or None,
            seller_skus=(),
            code=error.code,
            http_status=error.http_status,
            message=error.message,
            request_id=request_id,
            status=None,
            body={},
        )
    )


def _error_response(error: ApiError, request_id: str, fault: Fault | None = None) -> ApiResponse:
    retry_after = fault.retry_after if fault else None
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return ApiResponse(error.http_status, _document(error.code, error.message, None, request_id), headers)


def _document(code: int, message: str, data: object, request_id: str) -> dict[str, object]:
    return {"code": code, "data": data, "message": message, "request_id": request_id}
