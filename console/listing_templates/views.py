"""Listing templates: the list, and the form with its query builder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from marshmallow import ValidationError

from console.jobs.count_matching import KIND
from console.listing_templates.form import document_from, document_of_template, fields_from
from console.listing_templates.matching import Matching, look
from console.listing_templates.query_builder import DraftGroup, document_of, draft_of, operate, read
from console.policies import review
from console.policies.review import faults_by_field
from console.web import audit, current_shop, job_runner
from console.web.access import author
from console.web.context import desk
from console.web.exporting import as_file, asked_format
from console.web.labels import TEMPLATE_LABELS
from operations.rules.category_requirements import read_anew
from operations.rules.rule_versions import TEMPLATE
from policies.assign import named
from policies.conditions import OPERATOR_WORDS, Explanation, explain, in_words
from policies.template_policies.inventory import lints as inventory_lints
from policies.template_policies.price import lints as pricing_lints
from records.catalog import attribute_codes, categories, products
from records.catalog.categories import CategoryKey
from records.rules import versions
from schemas.apply_file import InvalidDocument
from schemas.attributes import ATTRIBUTE_TYPES, AttributeType
from schemas.listing_template import ListingTemplate
from schemas.query_condition import Group, Operator, load_query
from tiktok.listing.category import Category
from topics.errors import Refused

pages = Blueprint("listing_templates", __name__)

COLUMNS = ("title", "priority", "category_id", "query", "pricing_policy", "inventory_policy", "image_policy")
CODES_OF = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form shows beside its fields, where a button asked for it."""

    focus: str | None = None
    matching: Matching | None = None
    why: tuple[str, Explanation] | None = None
    note: str = ""


@pages.get("/listing-templates")
def index() -> Any:
    """All of them, in the order in which they win."""
    rulebooks = current_shop.rulebooks()
    if (wanted := asked_format()) is not None:
        return as_file(wanted, "listing-templates", COLUMNS, [_plain(one) for one in rulebooks.templates])
    with desk().database.read() as connection:
        newest = versions.newest(connection, TEMPLATE.listed)
    return render_template(
        "listing_templates/index.html",
        templates=rulebooks.templates,
        newest=newest,
        in_words=in_words,
    )


@pages.get("/listing-templates/new")
def new() -> Any:
    """An empty form, or one like another template."""
    like = named(current_shop.rulebooks().templates, request.args.get("like"))
    document = document_of_template(like) | {"title": f"{like.title} (copy)"[:120]} if like else {}
    return _form(document, draft_of(like.query) if like else DraftGroup(), fixed=False)


@pages.get("/listing-templates/edit")
def edit() -> Any:
    """The form of a template in force."""
    title = request.args.get("title", "")
    template = named(current_shop.rulebooks().templates, title)
    if template is None:
        abort(404, f"There is no listing template {title!r}.")
    return _form(document_of_template(template), draft_of(template.query), fixed=True)


@pages.post("/listing-templates/form")
def form() -> Any:
    """A press of one of its buttons: of the builder, of the column beside it, or the review."""
    if request.form.get("again"):
        document = review.reviewed()
        try:
            query = load_query(document.get("query"))
        except ValidationError:
            abort(400, "The review was incomplete. Start again from the form.")
        return _form(document, draft_of(query), fixed=request.form.get("base") != "0")
    fields = request.form.to_dict()
    draft, document, fixed = read(fields), document_from(fields), request.form.get("fixed") == "1"
    pressed = request.form.get("op", "")
    if pressed.startswith(("add-row:", "add-group:", "remove:", "up:", "down:")):
        edited = operate(draft, pressed)
        return _form(document, edited.draft, fixed=fixed, asked=Asked(focus=edited.focus))
    if pressed == "add-mapping":
        document["attributes"].append({"magento_attribute": ""})
        return _form(document, draft, fixed=fixed, asked=Asked(focus="mappings"))
    if pressed in ("match", "why"):
        return _beside(document, draft, fixed=fixed, why=pressed == "why")
    if pressed == "category":
        return _form(document, draft, fixed=fixed, asked=Asked(note=_read_category(document)))
    if pressed == "count":
        return _count(document, draft, fixed=fixed)
    try:
        return review.review(TEMPLATE, document, url_for("listing_templates.form"))
    except InvalidDocument as invalid:
        errors = faults_by_field(invalid, TEMPLATE.listed)
        return _form(document, draft, fixed=fixed, errors=errors), 422


def _beside(document: Mapping[str, Any], draft: DraftGroup, *, fixed: bool, why: bool) -> Any:
    """The number of matching products, or why one does not match."""
    shop, query = current_shop.the_shop(), _query(draft)
    if query is None:
        words = "The condition is incomplete. Review the template to see where."
        return _form(document, draft, fixed=fixed, asked=Asked(note=words))
    others = [one for one in current_shop.rulebooks().templates if one.title != document["title"]]
    with desk().database.read() as connection:
        if why:
            sku = request.form.get("why_sku", "").strip()
            found = products.by_sku(connection, shop, sku) if sku else []
            if not found:
                words = f"No product {sku!r} is known in shop {shop}."
                return _form(document, draft, fixed=fixed, asked=Asked(note=words))
            return _form(document, draft, fixed=fixed, asked=Asked(why=(sku, explain(query, found[0]))))
        priority = document["priority"] if isinstance(document["priority"], int) else 100
        matching = look(connection, shop, query, others, (priority, document["title"]))
    return _form(document, draft, fixed=fixed, asked=Asked(matching=matching))


def _count(document: Mapping[str, Any], draft: DraftGroup, *, fixed: bool) -> Any:
    shop = current_shop.the_shop()
    if _query(draft) is None:
        words = "The condition is incomplete. Review the template to see where."
        return _form(document, draft, fixed=fixed, asked=Asked(note=words))
    job_id = job_runner.ask(KIND, {"shop": shop, "query": document_of(draft)}, author())
    audit.noted(f"job {job_id}, {KIND}", "", "asked for")
    flash(
        "Counting runs as a job. The form is not saved: use your browser's Back button to return to it.",
        "info",
    )
    return redirect(url_for("jobs.show", job_id=job_id), 303)


def _query(draft: DraftGroup) -> Group | None:
    try:
        return load_query(document_of(draft))
    except ValidationError:
        return None


def _read_category(document: Mapping[str, Any]) -> str:
    """Ask TikTok for the category; what came of it, in words."""
    key = current_shop.chosen_shop()
    if key is None:
        return "No shop is connected yet, so TikTok can't be asked."
    shop = current_shop.rulebooks().shops[key]
    try:
        category = read_anew(
            desk().database, shop, document["category_id"], document["category_version"], desk().clock()
        )
    except Refused as refused:
        return f"{refused} {refused.next_step}"
    if category.refused is not None:
        return f"TikTok rejected this category: {category.refused}"
    return "TikTok's requirements are shown with the attributes."


def _form(
    document: Mapping[str, Any],
    draft: DraftGroup,
    *,
    fixed: bool,
    asked: Asked | None = None,
    errors: Mapping[str, list[str]] | None = None,
) -> str:
    rulebooks, shop = current_shop.rulebooks(), current_shop.chosen_shop()
    category = None
    with desk().database.read() as connection:
        codes = attribute_codes.seen_recently(connection, CODES_OF)
        if shop is not None and document.get("category_id"):
            version = document.get("category_version") or "v1"
            kept = categories.get(connection, CategoryKey(shop, str(document["category_id"]), version))
            category = Category(**kept.document) if kept is not None else None
    types = rulebooks.shops[shop].magento.attribute_types if shop is not None else {}
    query = _query(draft)
    return render_template(
        "listing_templates/form.html",
        fields=fields_from(document),
        draft=draft,
        fixed=fixed,
        asked=asked or Asked(),
        errors=errors or {},
        labels=TEMPLATE_LABELS,
        operators=list(Operator),
        operator_words=OPERATOR_WORDS,
        codes=sorted(
            codes | {"sku", "attribute_set_id", "category_ids", "type_id", "quantity", "stock_status"}
        ),
        type_of=lambda code: {**ATTRIBUTE_TYPES, **types}.get(code, AttributeType.TEXT).value,
        words=in_words(query) if query is not None else None,
        category=category,
        mapped={one.get("tiktok_attribute_id") for one in document.get("attributes") or ()},
        policies=rulebooks.template_policies,
        lints=list(_lints(document)),
    )


def _lints(document: Mapping[str, Any]) -> Iterator[str]:
    """What the chosen policies may not mean, in their own words."""
    value = current_shop.rulebooks().template_policies
    pricing = value.pricing_policies.get(document.get("pricing_policy") or "")
    if pricing is not None:
        yield from (f"{pricing.title}: {words}" for words in pricing_lints(pricing))
    inventory = value.inventory_policies.get(document.get("inventory_policy") or "")
    if inventory is not None:
        yield from (f"{inventory.title}: {words}" for words in inventory_lints(inventory))


def _plain(template: ListingTemplate) -> dict[str, Any]:
    return {name: getattr(template, name) for name in COLUMNS} | {"query": in_words(template.query)}
