"""The set-up: the first admin registers, then follows the steps. Every step can be left and continued later."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from console.accounts import passwords
from console.accounts.sign_in import signed_in
from console.setup import progress
from console.shops.checks import LEVELS, WORDS, findings_of, services
from console.web import audit
from console.web.access import public, requires
from console.web.context import console_context
from operations.health.checks import FAULT, Finding
from operations.health.run_checks import kafka_probes
from records.accounts import users
from records.accounts.users import Role
from records.db.statements import alone
from topics import admin as topics
from topics.errors import Refused

pages = Blueprint("setup", __name__)

LONGEST_NAME = 100
SKIPPABLE = frozenset({"magento", "tiktok", "template"})
"""Steps that can be done later: the first webhook, TikTok Shop and the first template."""


@pages.get("/setup")
@requires(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Redirect to the first step that isn't done."""
    return redirect(url_for(progress.progress().next_step.endpoint), 303)


@pages.post("/setup/skip/<name>")
@requires(Role.ADMIN)
def skip(name: str) -> ResponseReturnValue:
    """Skip this step."""
    if name not in SKIPPABLE:
        abort(404, "This step can't be skipped.")
    progress.skip(name)
    return redirect(url_for("setup.index"), 303)


# 1: registration


@pages.get("/setup/register")
@public
def register() -> ResponseReturnValue:
    """Show the form for the first admin, who has the link printed by `m2t console`."""
    return _register(request.args.get("ticket", ""))


@pages.post("/setup/register")
@public
def enrol() -> ResponseReturnValue:
    """Register the first admin with an unused ticket, and sign them in."""
    ticket, name = request.form.get("ticket", ""), request.form.get("name", "").strip()
    password, now = request.form.get("password", ""), console_context().clock()
    if console_context().read_only:
        abort(403, "This console is read-only: nobody can register here.")
    with console_context().database.read() as connection:
        if not _may(connection, ticket):
            return _register(ticket)
    errors: dict[str, list[str]] = {}
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        errors["name"] = [f"enter a name of 1 to {LONGEST_NAME} printable characters"]
    if (why := passwords.fault(password, name)) is not None:
        errors["password"] = [why]
    if errors:
        return _register(ticket, name, errors)
    hashed = passwords.hashed(password)
    with console_context().database.write() as connection:
        alone(connection)
        if users.count(connection) or not users.spend_ticket(connection, ticket, now=now):
            abort(409, "Another user registered meanwhile. Sign in, or ask them for an invitation.")
        user_id = users.add(connection, name, Role.ADMIN, hashed, now=now)
    answer = signed_in(user_id, url_for("setup.index"))
    audit.record(f"person {name}", "", f"registered, {Role.ADMIN.value}")
    return answer


def _may(connection: Connection, ticket: str) -> bool:
    no_users = users.count(connection) == 0
    return no_users and users.holds_ticket(connection, ticket, now=console_context().clock())


def _register(ticket: str, name: str = "", errors: dict[str, list[str]] | None = None) -> ResponseReturnValue:
    if g.get("person") is not None:
        return redirect(url_for("setup.index"), 303)
    with console_context().database.read() as connection:
        registered = users.count(connection) > 0
        may = _may(connection, ticket)
    if registered:
        return redirect(url_for("sign_in.form"), 303)
    page = render_template("setup/register.html", ticket=ticket, may=may, name=name, errors=errors or {})
    if ticket and not may:
        return page, 403
    return (page, 422) if errors else page


# 2: Kafka


@pages.get("/setup/kafka")
@requires(Role.ADMIN)
def kafka() -> ResponseReturnValue:
    """Show what is needed of Kafka, and the button that checks it."""
    return _kafka(())


@pages.post("/setup/kafka/check")
@requires(Role.ADMIN)
def check_kafka() -> ResponseReturnValue:
    """Check that Kafka is reachable, that its topics are right, and that a record can be sent and read."""
    found = findings_of(kafka_probes(services()))
    if not any(finding.state == FAULT for finding in found):
        progress.remember(kafka=console_context().clock().isoformat())
    return _kafka(found)


@pages.post("/setup/kafka/topics")
@requires(Role.ADMIN)
def create_topics() -> ResponseReturnValue:
    """Create missing topics, and raise partitions and settings that are too low."""
    answer = services()
    try:
        with topics.reaching(answer.kafka) as admin:
            made = topics.ensure(admin, answer.topics)
    except topics.WrongPartitions as wrong:
        flash(f"{wrong}. Choose fresh topics with M2T_TOPIC_PREFIX.", "error")
    except Refused as refused:
        flash(f"{refused} {refused.next_step}", "error")
    else:
        for topic in made:
            if topic.changes:
                audit.record(f"topic {topic.name}", "", ", ".join(topic.changes))
        done = [f"{topic.name} ({', '.join(topic.changes)})" for topic in made if topic.changes]
        flash(f"Topics: {'; '.join(done) or 'already correct'}.", "success")
    found = findings_of(kafka_probes(answer))
    if not any(finding.state == FAULT for finding in found):
        progress.remember(kafka=console_context().clock().isoformat())
    return _kafka(found)


def _kafka(found: Sequence[Finding]) -> str:
    answer = services()
    missing = any("topics" in finding.next_step for finding in found if finding.state == FAULT)
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
