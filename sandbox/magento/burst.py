"""A burst of saves in the background: so many, over so many products, at so many a second, drawn from a seed.

The same seed on the same catalogue gives the same saves. The saves of one product follow one another, so that the
catalogue ends the same each time too; those of different products overlap, as with several people in Admin.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Event, Lock, Thread

from sandbox.magento.catalog.product import Product
from sandbox.magento.catalog.sample_families import COLORS
from sandbox.magento.errors import BurstRunning, InvalidChange, StoreClosed, StoreError
from sandbox.magento.store import Saved, Store

WORKERS = 16


@dataclass(frozen=True)
class Order:
    """What is asked for. `products` is how many different products are saved."""

    saves: int = 1000
    products: int = 100
    per_second: int = 50
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse what can't be done."""
        for name, most in (("saves", 1_000_000), ("products", 1_000_000), ("per_second", 10_000)):
            if not 1 <= getattr(self, name) <= most:
                raise InvalidChange(f"{name}: {getattr(self, name)} is not from 1 to {most}.")


@dataclass(frozen=True)
class Planned:
    """One save to come: the place of its product in the burst, its SKU, and the changes."""

    place: int
    sku: str
    changes: dict[str, object]


@dataclass(frozen=True)
class Progress:
    """How far the burst is. `accepted` and `not_accepted` count webhooks by their first try; `failed`, saves."""

    running: bool = False
    saves: int = 0
    done: int = 0
    accepted: int = 0
    not_accepted: int = 0
    failed: int = 0
    seconds: float = 0.0


def plan(catalogue: Sequence[Product], order: Order) -> list[Planned]:
    """The saves in their order, over simple products alone. InvalidChange where the store has too few."""
    simple = sorted(product.sku for product in catalogue if product.type_id == "simple")
    if order.products > len(simple):
        raise InvalidChange(f"products: {order.products} asked for, the store has {len(simple)} simple ones.")
    draw = random.Random(order.seed)  # noqa: S311  # the same saves again are the point
    skus = draw.sample(simple, order.products)
    places = [draw.randrange(order.products) for _ in range(order.saves)]
    return [Planned(place, skus[place], _changes(draw, number)) for number, place in enumerate(places, 1)]


def _changes(draw: random.Random, number: int) -> dict[str, object]:
    kinds: tuple[dict[str, object], ...] = (
        {"qty": draw.randint(0, 300)},
        {"price": f"{draw.randint(500, 25_000) / 100:.2f}"},
        {"color": draw.choice(COLORS)},
        {"name": f"Burst {number}"},
        {"qty": draw.randint(1, 300), "price": f"{draw.randint(500, 25_000) / 100:.2f}"},
    )
    return draw.choices(kinds, weights=(4, 3, 2, 1, 1))[0]


class Burst:
    """At most one burst of a store at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._stop = Event()
        self._threads: tuple[Thread, ...] = ()
        self._working = 0
        self._started = 0.0
        self._progress = Progress()

    @property
    def progress(self) -> Progress:
        """How far the last burst is, or was."""
        with self._lock:
            seconds = time.monotonic() - self._started if self._working else self._progress.seconds
            return replace(self._progress, running=self._working > 0, seconds=round(seconds, 3))

    def start(self, order: Order) -> Progress:
        """Begin. BurstRunning where one is under way; InvalidChange where the store has too few products."""
        planned = plan(self._store.products(), order)
        with self._lock:
            if self._working:
                raise BurstRunning
            self._stop = Event()
            self._started = time.monotonic()
            self._progress = Progress(saves=order.saves)
            timed = [(number / order.per_second, save) for number, save in enumerate(planned)]
            shares = [[one for one in timed if one[1].place % WORKERS == turn] for turn in range(WORKERS)]
            self._working = WORKERS
            self._threads = tuple(Thread(target=self._work, args=(share,), daemon=True) for share in shares)
        for thread in self._threads:
            thread.start()
        return self.progress

    def stop(self) -> Progress:
        """Let the saves on their way finish, begin no other, and say how far it came."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        return self.progress

    def wait(self, timeout: float) -> Progress:
        """The progress when the burst is over, or after so many seconds."""
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return self.progress

    def _work(self, share: Sequence[tuple[float, Planned]]) -> None:
        try:
            for due, save in share:
                if self._stop.wait(max(0.0, self._started + due - time.monotonic())):
                    return
                self._note(self._save(save))
        except StoreClosed:
            return
        finally:
            self._leave()

    def _save(self, save: Planned) -> Saved | None:
        try:
            return self._store.save(save.sku, save.changes)
        except StoreClosed:
            raise
        except StoreError:
            # Somebody deleted or renamed the product meanwhile: that save is not to be, the others are.
            return None

    def _note(self, saved: Saved | None) -> None:
        accepted = sum(webhook["state"] == "accepted" for webhook in saved.webhooks) if saved else 0
        with self._lock:
            now = self._progress
            self._progress = replace(
                now,
                done=now.done + 1,
                accepted=now.accepted + accepted,
                not_accepted=now.not_accepted + (len(saved.webhooks) - accepted if saved else 0),
                failed=now.failed + (saved is None),
            )

    def _leave(self) -> None:
        with self._lock:
            self._working -= 1
            if not self._working:
                self._progress = replace(self._progress, seconds=time.monotonic() - self._started)
