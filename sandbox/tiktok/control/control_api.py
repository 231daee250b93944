"""Admin: the sandbox's own door under ``/_sandbox``: see what is held, and make things go wrong. Loopback only."""

from __future__ import annotations

import ipaddress
from dataclasses import asdict
from typing import Any

from flask import Blueprint, request
from werkzeug.exceptions import Forbidden

from sandbox.tiktok.api.errors import Refused
from sandbox.tiktok.control import control_requests, seller_center
from sandbox.tiktok.control.control_requests import BadWish
from sandbox.tiktok.world import World


def only_loopback() -> None:
    """Raise `Forbidden` for a caller from another machine."""
    if not ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback:  # noqa: S104
        raise Forbidden("The sandbox's own door opens from this machine only.")


def admin(world: World) -> Blueprint:
    """The routes over this world."""
    door = Blueprint("admin", __name__, url_prefix="/_sandbox")
    door.before_request(only_loopback)

    @door.errorhandler(BadWish)
    def bad_wish(error: BadWish) -> tuple[dict[str, str], int]:
        return {"error": error.reason}, 400

    @door.errorhandler(Refused)
    def refused(error: Refused) -> tuple[dict[str, str], int]:
        return {"error": error.message}, 400

    @door.get("/health")
    def health() -> dict[str, bool]:
        return {"ok": True}

    @door.get("/products")
    def products() -> dict[str, Any]:
        deleted = control_requests.flag(request.args.get("include_deleted"), "include_deleted")
        with world.now():
            found = seller_center.products(
                world,
                seller_sku=request.args.get("seller_sku"),
                cipher=request.args.get("shop"),
                include_deleted=deleted,
            )
            return {"products": [seller_center.described(product) for product in found]}

    @door.get("/effects")
    def effects() -> dict[str, Any]:
        after = control_requests.sequence(request.args.get("after"))
        writes = control_requests.flag(request.args.get("writes"), "writes")
        with world.now():
            return {"effects": world.effects.after(after, writes=writes)}

    @door.get("/settings")
    def settings() -> dict[str, Any]:
        with world.now():
            return asdict(world.catalogue.settings)

    @door.put("/settings")
    def change_settings() -> dict[str, Any]:
        with world.now():
            world.catalogue.change_settings(control_requests.settings(_told(), world.catalogue.settings))
            return asdict(world.catalogue.settings)

    @door.get("/webhooks")
    def webhooks() -> dict[str, Any]:
        return world.webhooks.described()

    @door.put("/webhooks")
    def change_webhooks() -> dict[str, Any]:
        world.webhooks.want(control_requests.webhooks(_told(), world.webhooks.wanted))
        return world.webhooks.described()

    @door.get("/hold")
    def held() -> dict[str, Any]:
        return {"held": world.holds.held(), "armed": world.holds.armed()}

    @door.post("/hold")
    def hold() -> dict[str, Any]:
        world.holds.arm(control_requests.hold(_told()))
        return {"held": world.holds.held(), "armed": world.holds.armed()}

    @door.post("/release")
    def release() -> dict[str, int]:
        return {"released": world.holds.release()}

    @door.get("/faults")
    def faults() -> dict[str, Any]:
        with world.now():
            return {"faults": world.faults.list()}

    @door.post("/faults")
    def add_fault() -> dict[str, Any]:
        fault = control_requests.fault(_told())
        with world.now():
            world.faults.add(fault)
            return {"faults": world.faults.list()}

    @door.delete("/faults")
    def clear_faults() -> dict[str, Any]:
        with world.now():
            world.faults.clear()
            return {"faults": []}

    @door.post("/consent")
    def consent() -> dict[str, str]:
        cipher = control_requests.shop(_told())
        with world.now() as now:
            try:
                return {"code": world.tokens.consent(cipher, now)}
            except KeyError:
                raise BadWish(f"There is no shop {cipher!r}.") from None

    @door.post("/edit")
    def edit() -> dict[str, Any]:
        wish = control_requests.seller_edit(_told())
        with world.now() as now:
            return {"product": seller_center.described(seller_center.edit(world, wish, now))}

    @door.post("/reset")
    def reset() -> dict[str, bool]:
        world.reset()
        return {"ok": True}

    return door


def _told() -> object:
    return request.get_json(force=True, silent=True)
