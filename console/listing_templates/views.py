"""Listing templates: the list, and the form with its query builder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from console.jobs.count_matching import KIND
from console.listing_templates.form import at_inputs, document_from, document_of_template, fields_from
from console.listing_templates.matching import Matching, look
from console.listing_templates.query_builder import DraftGroup, document_of, draft_of, operate, read
from console.policies import review
from console.policies.review import faults_by_field
from console.web import audit, current_shop, job_runner
from console.web.access import author
from console.web.context import console_context
from console.web.exporting import as_file, asked_format
from console.web.labels import TEMPLATE_LABELS
from operations.products.preview_sync import one_document
from operations.rules.apply import existing_titles
from operations.rules.category_requirements import read_anew
from operations.rules.check_category import check_category
from operations.rules.rule_versions import TEMPLATE
from policies.assign import named
from policies.conditions import OPERATOR_WORDS, Explanation, explain, in_words
from policies.template_policies.inventory import lints as inventory_lints
from policies.template_policies.price import lints as pricing_lints
from records.catalog import attribute_codes, categories, products
from records.catalog.categories import CategoryKey
from records.rules import versions
from schemas.apply_file import Fault, InvalidDocument
from schemas.attributes import ATTRIBUTE_TYPES, AttributeType
from schemas.listing_template import ListingTemplate
from schemas.query_condition import Group, Operator, load_query
from tiktok.listing.category import Category
from topics.errors import Refused

pages = Blueprint("listing_templates", __name__)

COLUMNS = ("title", "priority", "category_id", "query", "pricing_policy", "inventory_policy", "image_policy")
CODES_OF = 100
INCOMPLETE = "The condition is incomplete. Review the template to see where."


@dataclass(frozen=True, slots=True)
class FormResult:
    """What the form shows beside its fields after a button asked for it."""

    focus: str | None = None
    matching: Matching | None = None
    why: tuple[str, Explanation] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """The form as it is filled in.

    `base` is the version of the template that it was filled in from, read together with its fields; None for a form
    of a new template.
    """

    document: dict[str, Any]
    query: DraftGroup
    base: int | None = None
    errors: Mapping[str, list[str]] = field(default_factory=dict)


@pages.get("/listing-templates")
def index() -> ResponseReturnValue:
    """Show all templates, in the order in which they win."""
    rulebooks = current_shop.rulebooks()
    if (wanted := asked_format()) is not None:
        return as_file(
            wanted, "listing-templates", COLUMNS, [_plain(template) for template in rulebooks.templates]
        )
    with console_context().database.read() as connection:
        newest = versions.newest(connection, TEMPLATE.listed)
    return render_template(
        "listing_templates/index.html",
        templates=rulebooks.templates,
        newest=newest,
        in_words=in_words,
    )


@pages.get("/listing-templates/new")
def new() -> ResponseReturnValue:
    """Show an empty form, or one that is filled in like the template named by `like`."""
    like = named(current_shop.rulebooks().templates, request.args.get("like"))
    if like is None:
        return _form(Draft({}, DraftGroup()))
    return _form(
        Draft(document_of_template(like) | {"title": f"{like.title} (copy)"[:120]}, draft_of(like.query))
    )


@pages.get("/listing-templates/edit")
def edit() -> ResponseReturnValue:
    """Show the form of a template in force."""
    title = request.args.get("title", "")
    found = review.stored(TEMPLATE, title)
    if not isinstance(found.edited, ListingTemplate):
        abort(404, f"There is no listing template {title!r}.")
    return _form(Draft(document_of_template(found.edited), draft_of(found.edited.query), found.version))


@pages.post("/listing-templates/form")
def form() -> ResponseReturnValue:
    """Answer a button of the form: of the query builder, of the column beside it, or the review."""
    if request.form.get("again"):
        return _form(_back_from_review())
    draft, pressed = _filled_in(), request.form.get("op", "")
    if pressed.startswith(("add-row:", "add-group:", "remove:", "up:", "down:")):
        edited = operate(draft.query, pressed)
        return _form(replace(draft, query=edited.draft), FormResult(focus=edited.focus))
    if pressed == "add-mapping":
        draft.document["attributes"].append({"magento_attribute": ""})
        return _form(draft, FormResult(focus="mappings"))
    if pressed in ("match", "why"):
        return _form(draft, _beside(draft, why=pressed == "why"))
    if pressed == "category":
        return _form(draft, FormResult(note=_read_category(draft.document)))
    if pressed == "count":
        return _count(draft)
    if wrong := review.check_base(TEMPLATE, draft.document["title"], draft.base):
        return _form(replace(draft, errors={"title": wrong})), 422
    try:
        for warned in _check_category(draft.document):
            flash(warned.message, "warning")
        return review.review(TEMPLATE, draft.document, url_for("listing_templates.form"))
    except InvalidDocument as invalid:
        return _form(replace(draft, errors=faults_by_field(invalid, TEMPLATE.listed))), 422


def _check_category(document: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Return warnings about the category. Raises `InvalidDocument` for one that TikTok refuses, and for all faults."""
    context, rulebooks = console_context(), current_shop.rulebooks()
    declaration = one_document(TEMPLATE.listed, document)(existing_titles(rulebooks), rulebooks.shops)
    return check_category(context.database, rulebooks, declaration, context.clock())


def _filled_in() -> Draft:
    fields = request.form.to_dict()
    return Draft(document_from(fields), read(fields), request.form.get("base", type=int))


def _back_from_review() -> Draft:
    """Return the draft of the review's document, based on the version that the review compared it with."""
    document = review.reviewed()
    try:
        query = load_query(document.get("query"))
    except ValidationError:
        abort(400, "The review was incomplete. Start again from the form.")
    return Draft(document, draft_of(query), request.form.get("base", 0, type=int) or None)


def _beside(draft: Draft, *, why: bool) -> FormResult:
    """Return the number of matching products, or why the product of a SKU does not match."""
    shop, query, document = current_shop.the_shop(), _query(draft.query), draft.document
    settings = current_shop.rulebooks().shops[shop]
    if query is None:
        return FormResult(note=INCOMPLETE)
    others = [
        template for template in current_shop.rulebooks().templates if template.title != document["title"]
    ]
    with console_context().database.read() as connection:
        if why:
            sku = request.form.get("why_sku", "").strip()
            found = products.by_sku(connection, shop, sku) if sku else []
            if not found:
                return FormResult(note=f"No product with the SKU {sku!r} was received in shop {shop}.")
            return FormResult(why=(sku, explain(query, found[0], settings.magento)))
        priority = document["priority"] if isinstance(document["priority"], int) else 100
        return FormResult(matching=look(connection, settings, query, others, (priority, document["title"])))


def _count(draft: Draft) -> ResponseReturnValue:
    """Start the job that counts all matching products."""
    shop = current_shop.the_shop()
    if _query(draft.query) is None:
        return _form(draft, FormResult(note=INCOMPLETE))
    job_id = job_runner.ask(KIND, {"shop": shop, "query": document_of(draft.query)}, author())
    audit.record(f"job {job_id}, {KIND}", "", "asked for")
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
    """Read the category from TikTok, and return a sentence about the result."""
    key = current_shop.chosen_shop()
    if key is None:
        return "No shop is connected yet, so TikTok can't be asked."
    shop = current_shop.rulebooks().shops[key]
    try:
        category = read_anew(
            console_context().database,
            shop,
            document["category_id"],
            document["category_version"],
            console_context().clock(),
        )
    except Refused as refused:
        return f"{refused} {refused.next_step}"
    if category.refused is not None:
        return f"TikTok rejected this category: {category.refused}"
    return "TikTok's requirements are shown with the attributes."


def _form(draft: Draft, result: FormResult | None = None) -> str:
    document = draft.document
    rulebooks, shop = current_shop.rulebooks(), current_shop.chosen_shop()
    category = None
    with console_context().database.read() as connection:
        codes = attribute_codes.seen_recently(connection, CODES_OF)
        if shop is not None and document.get("category_id"):
            version = document.get("category_version") or "v1"
            kept = categories.get(connection, CategoryKey(shop, str(document["category_id"]), version))
            category = Category(**kept.document) if kept is not None else None
    types = rulebooks.shops[shop].magento.attribute_types if shop is not None else {}
    query, at = _query(draft.query), at_inputs(draft.errors)
    return render_template(
        "listing_templates/form.html",
        fields=fields_from(document),
        draft=draft,
        result=result or FormResult(),
        errors=at.errors,
        labels={**TEMPLATE_LABELS, **at.labels},
        operators=list(Operator),
        operator_words=OPERATOR_WORDS,
        codes=sorted(
            codes | {"sku", "attribute_set_id", "category_ids", "type_id", "quantity", "stock_status"}
        ),
        type_of=lambda code: {**ATTRIBUTE_TYPES, **types}.get(code, AttributeType.TEXT).value,
        words=in_words(query) if query is not None else None,
        category=category,
        mapped={mapping.get("tiktok_attribute_id") for mapping in document.get("attributes") or ()},
        policies=rulebooks.template_policies,
        lints=list(_lints(document)),
    )


def _lints(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the warnings of the chosen policies."""
    value = current_shop.rulebooks().template_policies
    pricing = value.pricing_policies.get(document.get("pricing_policy") or "")
    if pricing is not None:
        yield from (f"{pricing.title}: {words}" for words in pricing_lints(pricing))
    inventory = value.inventory_policies.get(document.get("inventory_policy") or "")
    if inventory is not None:
        yield from (f"{inventory.title}: {words}" for words in inventory_lints(inventory))


def _plain(template: ListingTemplate) -> dict[str, object]:
    return {name: getattr(template, name) for name in COLUMNS} | {"query": in_words(template.query)}
