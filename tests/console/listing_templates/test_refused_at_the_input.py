"""A template that can't match what it says is refused at the input that is wrong, in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest

from console.jobs import count_matching
from console.jobs.count_matching import KIND
from console.web.context import ConsoleContext
from records.db.database import Database
from records.jobs.jobs import Job, JobState
from records.rules import policies
from schemas.attributes import AttributeType
from tests.console.conftest import Visitor
from tests.console.policy_pages import fill_in, read, stored
from tests.console.template_pages import FORM, RED
from tests.consumer.engine import Engine, connected_to
from tests.records.examples import SHOP
from tests.tiktok.answering import answering, failure

Sign = Callable[..., Visitor]


def sent(visitor: Visitor, **fields: str) -> tuple[int, str]:
    answer = visitor.post("/listing-templates/form", {**FORM, **RED, **fields})
    return answer.status_code, unescape(answer.get_data(as_text=True))


@pytest.mark.parametrize(
    ("fields", "wrong", "says"),
    [
        (
            {"q.0.attribute": "colour"},
            "q.0.attribute",
            "No product that Magento sent has an attribute 'colour'. Did you mean 'color'?",
        ),
        (
            {"q.0.attribute": "price", "q.0.operator": ">", "q.0.value": "abc"},
            "q.0.value",
            "'price' is a number, such as 10 or 9.99: 'abc' can't match.",
        ),
        (
            {"a.0.tiktok": "100089", "a.0.source": "attribute", "a.0.value": "colour"},
            "a.0.value",
            "No product that Magento sent has an attribute 'colour'. Did you mean 'color'?",
        ),
        ({"q.0.attribute": "Color!"}, "q.0.attribute", "'Color!' is not an attribute code (a-z, 0-9, _)"),
    ],
)
def test_what_can_never_match_is_refused_at_its_input(
    engine: Engine, visitor: Sign, fields: dict[str, str], wrong: str, says: str
) -> None:
    engine.save("SHIRT-1", color="58")
    status, page = sent(visitor(), **fields)
    assert status == 422
    assert f'<a href="#{wrong}">' in page
    assert f'id="{wrong}-error">{says}' in page
    assert re.search(rf'id="{re.escape(wrong)}"[^>]*aria-invalid="true"', page)


def test_before_the_first_product_the_review_only_warns(engine: Engine, visitor: Sign) -> None:
    status, page = sent(visitor(), **{"q.0.attribute": "fabric"})
    assert status == 200
    assert "No product with an attribute 'fabric' was received from Magento yet." in page


def test_a_category_that_tiktok_refuses_is_refused_at_its_field(engine: Engine, visitor: Sign) -> None:
    with answering(failure(12052024, "It is not a leaf category.")) as tiktok:
        engine.connect(connected_to(tiktok.url))
        status, page = sent(visitor(), category_id="600000")
    assert status == 422
    assert "TikTok does not accept the category '600000': It is not a leaf category." in page


def test_a_tiktok_that_does_not_answer_is_stated_and_blocks_nothing(engine: Engine, visitor: Sign) -> None:
    engine.connect(connected_to("http://127.0.0.1:9"))
    status, page = sent(visitor(), category_id="700001")
    assert status == 200
    assert "The TikTok category was not checked in shop demo" in page


def test_the_shops_own_types_count_in_the_preview(engine: Engine, visitor: Sign) -> None:
    types = {"fabric": AttributeType.MULTISELECT}
    engine.connect(replace(SHOP, magento=replace(SHOP.magento, attribute_types=types)))
    engine.save("SHIRT-1", fabric="14,20")
    contains = {"q.0.attribute": "fabric", "q.0.operator": "contains"}
    assert "0 products match" in sent(visitor(), **contains, **{"q.0.value": "1", "op": "match"})[1]
    assert (
        "1 product matches" in sent(visitor(name="Bob"), **contains, **{"q.0.value": "20", "op": "match"})[1]
    )


def test_the_shops_own_types_count_in_the_job_that_counts_all(
    engine: Engine, console_context: ConsoleContext
) -> None:
    types = {"fabric": AttributeType.MULTISELECT}
    engine.connect(replace(SHOP, magento=replace(SHOP.magento, attribute_types=types)))
    engine.save("SHIRT-1", fabric="14,20")
    for value, matching in (("1", 0), ("14", 1)):
        row = {"attribute": "fabric", "operator": "contains", "value": value}
        document = {"shop": "demo", "query": {"conditions": [row]}}
        job = Job(
            1, KIND, "Ada", engine.clock(), document, JobState.RUNNING, None, 0, 0, None, False, None, None
        )
        found = count_matching.run(console_context, job, lambda *_: None)
        assert found == {"matching": matching, "looked_at": 1}


def test_an_observed_attribute_that_no_product_has_is_refused_at_its_field(
    engine: Engine, visitor: Sign
) -> None:
    engine.save("SHIRT-1", color="58")
    form = {"title": "Colors", "only_specific_attributes": "true", "other_attributes": "qty, colour"}
    page = read(fill_in(visitor(), "synchronization", form), 422)
    assert "No product that Magento sent has an attribute 'colour'. Did you mean 'color'?" in unescape(page)


def test_magentos_own_name_of_quantity_is_observed_as_quantity(
    engine: Engine, visitor: Sign, database: Database
) -> None:
    engine.save("SHIRT-1", color="58")
    form = {
        "title": "Stock",
        "only_specific_attributes": "true",
        "other_attributes": "quantity_and_stock_status",
    }
    stored(visitor(), "synchronization", form)
    with database.read() as connection:
        assert policies.load_all(connection)["Stock"].policy.observed_attributes == ("quantity",)
