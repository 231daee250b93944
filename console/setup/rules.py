"""Steps 5 and 6: the switches of the shop's synchronization policy, and the first listing template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from console.listing_templates.matching import Matching, look
from console.setup import progress as setup_progress
from console.setup.first_template import FIELDS, LABELS, OWN_IMAGES, document_from, faults_of
from console.shops.forms import document_of
from console.shops.store import store
from console.web import current_shop
from console.web.access import requires
from console.web.context import console_context
from operations.rules.apply import existing_titles
from operations.rules.check_category import check_category
from policies.conditions import OPERATOR_WORDS
from policies.field_specs import setup_switches
from policies.policy_summary import warnings, will_do
from records.accounts.users import Role
from schemas.apply_file import Fault, InvalidDocument, load_declaration
from schemas.field_spec import FieldSpec
from schemas.field_spec import document_of as policy_document
from schemas.query_condition import Operator, load_query
from schemas.shop import Shop
from schemas.synchronization_policy import SynchronizationPolicy, SynchronizationPolicySchema

pages = Blueprint("setup_rules", __name__)

MAGENTO_FIRST: Final = "Magento comes first: a shop needs its name and its webhook."


# 5: policies


@pages.get("/setup/policies")
@requires(Role.ADMIN)
def policies() -> ResponseReturnValue:
    """Show the shop's policy: with its switches, if the set-up created it."""
    shop = setup_progress.progress().shop
    return _policies(shop) if shop is not None else _magento_first()


@pages.post("/setup/policies")
@requires(Role.ADMIN)
def choose_policy() -> ResponseReturnValue:
    """Save the switches of the policy that the set-up created, or choose another policy for the shop."""
    progress = setup_progress.progress()
    shop, made = progress.shop, progress.remembered.get("made_policy")
    if shop is None:
        return _magento_first()
    title = request.form.get("policy", "")
    if title not in current_shop.rulebooks().policies:
        return _policies(shop, errors={"policy": [f"there is no policy {title!r}"]}), 422
    declared: dict[str, list[Mapping[str, object]]] = {
        "shops": [{**document_of(shop), "synchronization_policy": title}]
    }
    if title == made and request.form.get("switches"):
        value = current_shop.rulebooks().policies[title].policy
        document = _switched(value)
        try:
            SynchronizationPolicySchema().load(document)
        except ValidationError as faulty:
            fields = {name: list(map(str, words)) for name, words in faulty.normalized_messages().items()}
            return _policies(shop, document, fields), 422
        declared["synchronization_policies"] = [document]
    try:
        store(declared)
    except InvalidDocument as invalid:
        return _policies(shop, errors={"policy": [str(invalid)]}), 422
    setup_progress.remember(policy=shop.key)
    flash(f"{shop.title} now uses the policy {title}.", "success")
    return redirect(url_for("setup.index"), 303)


def _policies(
    shop: Shop, values: Mapping[str, object] | None = None, errors: Mapping[str, list[str]] | None = None
) -> str:
    rulebooks, progress = current_shop.rulebooks(), setup_progress.progress()
    policy = rulebooks.policy_of(shop.key).policy
    made = progress.remembered.get("made_policy")
    return render_template(
        "setup/policies.html",
        progress=progress,
        step="policies",
        shop=shop,
        policy=policy,
        mine=made == policy.title and policy.paused,
        values=values or {spec.name: getattr(policy, spec.name) for spec in _switches()},
        errors=errors or {},
        switches=_switches(),
        labels={spec.name: spec.label for spec in _switches()},
        sentences=will_do(policy),
        warned=warnings(policy),
        others=[(title, title) for title in sorted(rulebooks.policies) if title != policy.title],
    )


def _switches() -> tuple[FieldSpec, ...]:
    return setup_switches(SynchronizationPolicySchema.policy)


def _switched(policy: SynchronizationPolicy) -> dict[str, object]:
    """Return the policy as a document, with the switches of the form."""
    return {
        **policy_document(policy),
        **{spec.name: request.form.get(spec.name) == "true" for spec in _switches()},
    }


# 6: the first listing template


@pages.get("/setup/template")
@requires(Role.ADMIN)
def template() -> ResponseReturnValue:
    """Show a short form; the whole form is a page of its own."""
    shop = setup_progress.progress().shop
    return _template(shop, FIELDS) if shop is not None else _magento_first()


@pages.post("/setup/template")
@requires(Role.ADMIN)
def make_template() -> ResponseReturnValue:
    """Preview the matching products, or create the template, by the button that was pressed."""
    shop = setup_progress.progress().shop
    if shop is None:
        return _magento_first()
    fields = {name: request.form.get(name, "").strip() for name in FIELDS}
    document, rulebooks = document_from(fields), current_shop.rulebooks()
    if request.form.get("step") == "preview":
        return _template(shop, fields, matching=_matching(shop, document))
    if any(template.title == document["title"] for template in rulebooks.templates):
        errors = {"title": ["there is a listing template of this title already"]}
        return _template(shop, fields, errors), 422
    declared: dict[str, list[Mapping[str, object]]] = {"listing_templates": [document]}
    if (
        document.get("image_policy") == OWN_IMAGES
        and OWN_IMAGES not in rulebooks.template_policies.image_policies
    ):
        declared["image_policies"] = [{"title": OWN_IMAGES}]
    try:
        unchecked = _check_category(declared)
        applied = store(declared)
    except InvalidDocument as invalid:
        return _template(shop, fields, faults_of(invalid), _matching(shop, document)), 422
    flash(f"Listing template {document['title']} saved.", "success")
    for warned in (*unchecked, *applied.warnings):
        flash(warned.message, "warning")
    return redirect(url_for("setup.index"), 303)


def _check_category(declared: Mapping[str, list[Mapping[str, object]]]) -> tuple[Fault, ...]:
    """Return warnings about the template's category. Raises `InvalidDocument` for one that does not exist."""
    context, rulebooks = console_context(), current_shop.rulebooks()
    declaration = load_declaration(declared, existing_titles(rulebooks))
    return check_category(context.database, rulebooks, declaration, context.clock())


def _matching(shop: Shop, document: Mapping[str, object]) -> Matching | None:
    """Return which received products match; None if the query is invalid."""
    try:
        query = load_query(document["query"])
    except ValidationError:
        return None
    others = list(current_shop.rulebooks().templates)
    with console_context().database.read() as connection:
        return look(connection, shop, query, others, (100, str(document["title"])))


def _template(
    shop: Shop,
    fields: Mapping[str, str],
    errors: Mapping[str, list[str]] | None = None,
    matching: Matching | None = None,
) -> str:
    rulebooks = current_shop.rulebooks()
    images = [
        OWN_IMAGES,
        *(title for title in sorted(rulebooks.template_policies.image_policies) if title != OWN_IMAGES),
    ]
    return render_template(
        "setup/template.html",
        progress=setup_progress.progress(),
        step="template",
        shop=shop,
        fields=fields,
        errors=errors or {},
        labels=LABELS,
        operators=[(operator.value, OPERATOR_WORDS[operator]) for operator in Operator],
        images=[(image, image) for image in images],
        templates=rulebooks.templates,
        matching=matching,
        looked=request.form.get("step") == "preview",
    )


def _magento_first() -> ResponseReturnValue:
    flash(MAGENTO_FIRST, "info")
    return redirect(url_for("setup_magento.index"), 303)
