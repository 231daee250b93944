"""A rejected create is remembered by the content that it sent, which may be older than the product's content now."""

from __future__ import annotations

from consumer.delivery import steps
from consumer.delivery.answers import Answer
from consumer.delivery.state import SyncState
from consumer.delivery.steps import Step
from schemas.listing import ListingStatus
from tests.consumer.delivery.reducer_world import Edit, Fate, Start, World
from tiktok.listing.sync_plan import Operation


class Creates(World):
    """A world in which the creates have these fates, in order, and all other steps succeed."""

    def __init__(self, *fates: Fate) -> None:
        super().__init__([], start=Start.NEW)
        self.fates = [*fates]

    def _do(self, step: Step, fate: Fate, state: SyncState) -> Answer:
        if isinstance(step, steps.Call) and step.operation is Operation.CREATE and self.fates:
            fate = self.fates.pop(0)
            if fate is Fate.NOT_DONE:
                self._edit(Edit.NAME)
        return super()._do(step, fate, state)


def test_a_corrected_product_is_created_after_its_older_create_was_rejected() -> None:
    """The first create is not answered. Its retry is rejected after the product has got another name."""
    world = Creates(Fate.NOT_DONE, Fate.REJECTED)
    world.run()
    (product,) = world.tiktok.products.values()
    assert product.content["title"] == world.records.product.default["name"] == "Linen shirt 1"
    assert product.status is ListingStatus.ACTIVATE
    assert world.records.listing.refused == {}


def test_a_rejected_create_of_the_same_content_is_not_repeated() -> None:
    world = Creates(Fate.REJECTED)
    world.run()
    world.records.save()
    world.run()
    assert world.tiktok.products == {} and world.fates == []
    world.records.save(name="Linen shirt II")
    world.run()
    assert len(world.tiktok.products) == 1


def test_both_creates_may_be_rejected() -> None:
    """The product's current content is then remembered as rejected."""
    world = Creates(Fate.NOT_DONE, Fate.REJECTED, Fate.REJECTED)
    world.run()
    world.records.save()
    world.run()
    assert world.tiktok.products == {} and world.fates == []
