"""The set-up: the first admin registers, then step after step; each can be left and taken up again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for

from console.accounts import passwords
from console.accounts.sign_in import signed_in
from console.setup import progress
from console.shops.checks import LEVELS, WORDS, around, look
from console.web import audit
from console.web.access import public, requires
from console.web.context import desk
from operations.health.checks import FAULT
from operations.health.run_checks import kafka_probes
from records.accounts import users
from records.accounts.users import Role
from records.db.statements import alone
from topics import admin as topics
from topics.errors import Refused

pages = Blueprint("setup", __name__)

LONGEST_NAME = 100
SKIPPABLE = frozenset({"magento", "tiktok", "template"})
"""Waiting for a webhook, TikTok Shop and the first template may come later; the rest is needed at once."""


@pages.get("/setup")
@requires(Role.ADMIN)
def index() -> Any:
    """On to the first step that is not done."""
    return redirect(url_for(progress.progress().next_step.endpoint), 303)


@pages.post("/setup/skip/<name>")
@requires(Role.ADMIN)
def skip(name: str) -> Any:
    """Go on without this step."""
    if name not in SKIPPABLE:
        abort(404, "This step can't be skipped.")
    progress.skip(name)
    return redirect(url_for("setup.index"), 303)


# 1: registration


@pages.get("/setup/register")
@public
def register() -> Any:
    """The first admin, who has the link that `m2t console` printed."""
    return _register(request.args.get("ticket", ""))


@pages.post("/setup/register")
@public
def enrol() -> Any:
    """Register, while nobody is, with a ticket that was not used; then one is signed in."""
    ticket, name = request.form.get("ticket", ""), request.form.get("name", "").strip()
    password, now = request.form.get("password", ""), desk().clock()
    if desk().read_only:
        abort(403, "This console is read-only: nobody can register here.")
    with desk().database.read() as connection:
        if not _may(connection, ticket):
            return _register(ticket)
    errors: dict[str, list[str]] = {}
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        errors["name"] = [f"enter a name of 1 to {LONGEST_NAME} printable characters"]
    if (why := passwords.fault(password, name)) is not None:
        errors["password"] = [why]
    if errors:
        return _register(ticket, name, errors), 422
    hashed = passwords.hashed(password)
    with desk().database.write() as connection:
        alone(connection)
        if users.count(connection) or not users.spend_ticket(connection, ticket, now=now):
            abort(409, "Another user registered meanwhile. Sign in, or ask them for an invitation.")
        user_id = users.add(connection, name, Role.ADMIN, hashed, now=now)
    answer = signed_in(user_id, url_for("setup.index"))
    audit.noted(f"person {name}", "", f"registered, {Role.ADMIN.value}")
    return answer


def _may(connection: Any, ticket: str) -> bool:
    nobody = users.count(connection) == 0
    return nobody and users.holds_ticket(connection, ticket, now=desk().clock())


def _register(ticket: str, name: str = "", errors: dict[str, list[str]] | None = None) -> Any:
    if g.get("person") is not None:
        return redirect(url_for("setup.index"), 303)
    with desk().database.read() as connection:
        registered = users.count(connection) > 0
        may = _may(connection, ticket)
    if registered:
        return redirect(url_for("sign_in.form"), 303)
    page = render_template("setup/register.html", ticket=ticket, may=may, name=name, errors=errors or {})
    return page if may or not ticket else (page, 403)


# 2: Kafka


@pages.get("/setup/kafka")
@requires(Role.ADMIN)
def kafka() -> Any:
    """What is needed of Kafka, and the button that checks it."""
    return _kafka(())


@pages.post("/setup/kafka/check")
@requires(Role.ADMIN)
def check_kafka() -> Any:
    """Reach it, look at the topics, and send a record there and back."""
    found = look(kafka_probes(around()))
    if not any(one.state == FAULT for one in found):
        progress.remember(kafka=desk().clock().isoformat())
    return _kafka(found)


@pages.post("/setup/kafka/topics")
@requires(Role.ADMIN)
def create_topics() -> Any:
    """Create the topics that are missing; raise what is too low."""
    answer = around()
    try:
        with topics.reaching(answer.kafka) as admin:
            made = topics.ensure(admin, answer.topics)
    except topics.WrongPartitions as wrong:
        flash(f"{wrong}. Choose fresh topics with M2T_TOPIC_PREFIX.", "error")
    except Refused as refused:
        flash(f"{refused} {refused.next_step}", "error")
    else:
        for one in made:
            if one.changes:
                audit.noted(f"topic {one.name}", "", ", ".join(one.changes))
        done = [f"{one.name} ({', '.join(one.changes)})" for one in made if one.changes]
        flash(f"Topics: {'; '.join(done) or 'already correct'}.", "success")
    found = look(kafka_probes(answer))
    if not any(one.state == FAULT for one in found):
        progress.remember(kafka=desk().clock().isoformat())
    return _kafka(found)


def _kafka(found: Any) -> str:
    answer = around()
    missing = any("topics" in one.next_step for one in found if one.state == FAULT)
    return render_template(
        "setup/kafka.html",
        progress=progress.progress(),
        step="kafka",
        found=found,
        levels=LEVELS,
        state_words=WORDS,
        brokers=", ".join(answer.kafka.get("bootstrap_servers", ())),
        topics=answer.topics,
        missing=missing,
    )
