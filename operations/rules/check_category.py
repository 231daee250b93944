"""Ask TikTok whether the categories of listing templates exist, before the templates are stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from operations.rules.apply import declared
from operations.rules.category_requirements import read_requirements
from policies.rulebook import Rulebooks
from records.catalog import categories
from records.catalog.categories import CategoryKey
from records.db.database import Database
from schemas.apply_file import Declaration, Fault, InvalidDocument
from schemas.listing_template import ListingTemplate
from schemas.shop import Shop
from topics.errors import OutOfReach, Refused


def check_category(
    database: Database, before: Rulebooks, declaration: Declaration, now: datetime
) -> tuple[Fault, ...]:
    """Return warnings about categories that could not be checked, or that TikTok refuses to some shops.

    Only categories that no template in force has are asked for, in each connected shop that has not read them before;
    nothing is stored. Raises `InvalidDocument` where TikTok refuses a category to every connected shop.
    """
    in_force = {(template.category_id, template.category_version) for template in before.templates}
    shops = [shop for shop in declared(before, declaration, now).shops.values() if shop.tiktok.connected]
    faults, warnings = [], []
    away: dict[str, str] = {}
    for place, template in enumerate(declaration.listing_templates):
        if (template.category_id, template.category_version) in in_force:
            continue
        where = f"listing_templates[{place}].category_id"
        answers = dict(_answers(database, shops, template, away))
        refused = {key: words for key, words in answers.items() if words}
        if refused and len(refused) == len(shops):
            faults.append(Fault(where, next(iter(refused.values()))))
        else:
            warnings += [Fault(where, f"Shop {key}: {words}") for key, words in refused.items()]
    if faults:
        raise InvalidDocument(faults)
    return (*warnings, *(Fault("listing_templates", words) for words in away.values()))


def _answers(
    database: Database, shops: list[Shop], template: ListingTemplate, away: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the key of each shop that TikTok answered for, with TikTok's refusal, "" for none.

    `away` gets a sentence about each shop without an answer; it is not asked again.
    """
    for shop in shops:
        key = CategoryKey(shop.key, template.category_id, template.category_version)
        if shop.key in away:
            continue
        if _is_stored(database, key):
            yield shop.key, ""
            continue
        try:
            category = read_requirements(shop, template.category_id, template.category_version)
        except (OutOfReach, Refused) as error:
            away[shop.key] = f"The TikTok category was not checked in shop {shop.key}: {error}"
            continue
        refusal = category.refused
        words = f"TikTok does not accept the category {template.category_id!r}: {refusal}"
        yield shop.key, "" if refusal is None else words


def _is_stored(database: Database, key: CategoryKey) -> bool:
    with database.read() as connection:
        return categories.get(connection, key) is not None
