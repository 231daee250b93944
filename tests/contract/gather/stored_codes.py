"""Codes that are stored, sent or shown."""

from __future__ import annotations

import ast
from enum import Enum
from typing import Any, Final

from console.web.job_runner import NAME as JOB_RUNNER
from magento.senders import SENDERS
from policies.decision import Action
from policies.reasons import Reason
from records.accounts.users import Role
from records.jobs.jobs import JobState
from records.log.events import End
from schemas.attributes import AttributeType
from schemas.listing import AssignedBy, Availability, FirstAudit, ListingStatus, OutcomeKind, Part
from schemas.shop import SignatureScheme
from sync.decide_event import Lane
from tests.contract.gather.http_addresses import console_app
from tests.contract.gather.sources import ROOT, is_code, literal, product_modules
from tiktok.listing.sync_plan import Operation

STORED_WORDS: Final = (
    "accepted",
    "authorization_ended",
    "decision",
    "discarded",
    "exhausted",
    "fetch_image",
    "intake_failed",
    "left_out",
    "note",
    "outcome",
    "pending_syncs",
    "quarantined",
    "redriven",
    "refused",
    "reused_id",
    "shop_goes_on",
    "shop_stopped",
    "tiktok_warning",
    "unknown_shop",
    "unreadable_event",
    "unsigned",
    "waits",
    "wrong_signature",
)
"""Stored or sent codes that are not members of an enumeration; each must remain a literal in the product."""


def codes() -> dict[str, Any]:
    """Return every code that is stored, sent or shown: reasons, outcomes, states, and codes outside enumerations."""
    runner = console_app().extensions[JOB_RUNNER]
    return {
        "reasons": _values(Reason),
        "actions": _values(Action),
        "outcome_kinds": _values(OutcomeKind),
        "event_ends": _values(End),
        "listing_statuses": _values(ListingStatus),
        "first_audits": _values(FirstAudit),
        "availabilities": _values(Availability),
        "parts_of_a_listing": _values(Part),
        "template_assigned_by": _values(AssignedBy),
        "tiktok_operations": _values(Operation),
        "sync_queue_lanes": {str(lane.value): lane.name for lane in Lane},
        "job_kinds": sorted(runner._runners),
        "job_states": _values(JobState),
        "roles": _values(Role),
        "senders": sorted(SENDERS),
        "signature_schemes": _values(SignatureScheme),
        "attribute_types": _values(AttributeType),
        "answers_of_webhooks": _answers(),
        "raised": _raised(),
        "stored_words": _stored_words(),
    }


def _values(kind: type[Enum]) -> list[str]:
    return sorted(str(member.value) for member in kind)


def _answers() -> list[str]:
    """Return each response of the webhook endpoint that is written as a status and a code."""
    return sorted(
        {
            f"{literal(call.args[0])} {literal(call.args[1])}"
            for module, nodes in product_modules().items()
            if module.relative_to(ROOT).parts[0] in ("webhooks", "magento")
            for call in nodes
            if isinstance(call, ast.Call)
            and len(call.args) > 1
            and isinstance(call.args[0], ast.Constant)
            and isinstance(call.args[0].value, int)
            and is_code(call.args[1])
        }
    )


def _raised() -> list[str]:
    """Return each code that is the first argument of a raised exception."""
    return sorted(
        {
            literal(node.exc.args[0])
            for nodes in product_modules().values()
            for node in nodes
            if isinstance(node, ast.Raise)
            and isinstance(node.exc, ast.Call)
            and node.exc.args
            and is_code(node.exc.args[0])
            and "_" in literal(node.exc.args[0])
        }
    )


def _stored_words() -> list[str]:
    literals = {
        node.value
        for nodes in product_modules().values()
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return sorted(literals.intersection(STORED_WORDS))
