"""The routes under ``/_sandbox``: read the sandbox's state and make things go wrong. Loopback only."""

from __future__ import annotations

import ipaddress
from dataclasses import asdict

from flask import Blueprint, request
from werkzeug.exceptions import Forbidden

from sandbox.tiktok.control import control_requests, seller_center
from sandbox.tiktok.control.control_requests import InvalidRequest
from sandbox.tiktok.protocol.errors import ApiError
from sandbox.tiktok.state.world import World


def only_loopback() -> None:
    """Raise `Forbidden` for a caller from another machine."""
    if not ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback:  # noqa: S104
        raise Forbidden("/_sandbox can only be used from this machine.")


def control_api(world: World) -> Blueprint:
    """Build the routes for this world."""
    routes = Blueprint("admin", __name__, url_prefix="/_sandbox")
    routes.before_request(only_loopback)

    @routes.errorhandler(InvalidRequest)
    def invalid_request(error: InvalidRequest) -> tuple[dict[str, str], int]:
        return {"error": error.reason}, 400

    @routes.errorhandler(ApiError)
    def api_error(error: ApiError) -> tuple[dict[str, str], int]:
        return {"error": error.message}, 400

    _add_state_routes(routes, world)
    _add_settings_routes(routes, world)
    _add_fault_routes(routes, world)
    _add_action_routes(routes, world)
    return routes


def _add_state_routes(routes: Blueprint, world: World) -> None:
    @routes.get("/health")
    def health() -> dict[str, bool]:
        return {"ok": True}

    @routes.get("/products")
    def products() -> dict[str, object]:
        deleted = control_requests.flag(request.args.get("include_deleted"), "include_deleted")
        with world.locked():
            found = seller_center.products(
                world,
                seller_sku=request.args.get("seller_sku"),
                cipher=request.args.get("shop"),
                include_deleted=deleted,
            )
            return {"products": [seller_center.to_json(product) for product in found]}

    @routes.get("/effects")
    def effects() -> dict[str, object]:
        after = control_requests.sequence(request.args.get("after"))
        writes = control_requests.flag(request.args.get("writes"), "writes")
        with world.locked():
            return {"effects": world.effects.after(after, writes=writes)}


def _add_settings_routes(routes: Blueprint, world: World) -> None:
    @routes.get("/settings")
    def settings() -> dict[str, object]:
        with world.locked():
            return asdict(world.catalog.settings)

    @routes.put("/settings")
    def change_settings() -> dict[str, object]:
        with world.locked():
            world.catalog.change_settings(control_requests.settings(_json_body(), world.catalog.settings))
            return asdict(world.catalog.settings)

    @routes.get("/webhooks")
    def webhooks() -> dict[str, object]:
        return world.webhooks.to_json()

    @routes.put("/webhooks")
    def change_webhooks() -> dict[str, object]:
        world.webhooks.change_settings(control_requests.webhooks(_json_body(), world.webhooks.settings))
        return world.webhooks.to_json()


def _add_fault_routes(routes: Blueprint, world: World) -> None:
    @routes.get("/hold")
    def show_holds() -> dict[str, object]:
        return {"held": world.holds.waiting_calls(), "armed": world.holds.armed()}

    @routes.post("/hold")
    def hold() -> dict[str, object]:
        world.holds.arm(control_requests.hold(_json_body()))
        return {"held": world.holds.waiting_calls(), "armed": world.holds.armed()}

    @routes.post("/release")
    def release() -> dict[str, int]:
        return {"released": world.holds.release()}

    @routes.get("/faults")
    def faults() -> dict[str, object]:
        with world.locked():
            return {"faults": world.faults.list()}

    @routes.post("/faults")
    def add_fault() -> dict[str, object]:
        fault = control_requests.fault(_json_body())
        with world.locked():
            world.faults.add(fault)
            return {"faults": world.faults.list()}

    @routes.delete("/faults")
    def clear_faults() -> dict[str, object]:
        with world.locked():
            world.faults.clear()
            return {"faults": []}


def _add_action_routes(routes: Blueprint, world: World) -> None:
    @routes.post("/consent")
    def consent() -> dict[str, str]:
        cipher = control_requests.shop(_json_body())
        with world.locked() as now:
            try:
                return {"code": world.tokens.consent(cipher, now)}
            except KeyError:
                raise InvalidRequest(f"Unknown shop {cipher!r}.") from None

    @routes.post("/edit")
    def edit() -> dict[str, object]:
        seller_edit = control_requests.seller_edit(_json_body())
        with world.locked() as now:
            return {"product": seller_center.to_json(seller_center.edit(world, seller_edit, now))}

    @routes.post("/reset")
    def reset() -> dict[str, bool]:
        world.reset()
        return {"ok": True}


def _json_body() -> object:
    return request.get_json(force=True, silent=True)
