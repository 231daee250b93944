"""A burst of saves in the background: a number of saves over a number of products at a rate, drawn from a seed.

The same seed on the same catalog gives the same saves. The saves of one product run one after another, so the catalog
also ends the same each time; those of different products overlap, as with several people in Admin.
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
from sandbox.magento.store import SaveResult, Store

WORKERS = 16


@dataclass(frozen=True)
class BurstRequest:
    """A burst to run. `products` is how many different products are saved."""

    saves: int = 1000
    products: int = 100
    per_second: int = 50
    seed: int = 1

    def __post_init__(self) -> None:
        """Raise `InvalidChange` for a number out of range."""
        for name, most in (("saves", 1_000_000), ("products", 1_000_000), ("per_second", 10_000)):
            if not 1 <= getattr(self, name) <= most:
                raise InvalidChange(f"{name}: {getattr(self, name)} is not between 1 and {most}.")


@dataclass(frozen=True)
class PlannedSave:
    """One planned save. `product_index` numbers its product within the burst, from 0."""

    product_index: int
    sku: str
    changes: dict[str, object]


@dataclass(frozen=True)
class Progress:
    """Progress of a burst. `accepted` and `not_accepted` count webhooks by their first try, `failed` counts saves."""

    running: bool = False
    saves: int = 0
    done: int = 0
    accepted: int = 0
    not_accepted: int = 0
    failed: int = 0
    seconds: float = 0.0


def plan(catalog: Sequence[Product], request: BurstRequest) -> list[PlannedSave]:
    """Return the saves in order, of simple products only. Raises `InvalidChange` if the store has too few."""
    simple = sorted(product.sku for product in catalog if product.type_id == "simple")
    if request.products > len(simple):
        raise InvalidChange(
            f"products: {request.products} requested, but the store has {len(simple)} simple products."
        )
    generator = random.Random(request.seed)  # noqa: S311  # repeatable on purpose
    skus = generator.sample(simple, request.products)
    product_indexes = [generator.randrange(request.products) for _ in range(request.saves)]
    return [
        PlannedSave(product_index, skus[product_index], _changes(generator, number))
        for number, product_index in enumerate(product_indexes, 1)
    ]


def _changes(generator: random.Random, number: int) -> dict[str, object]:
    kinds: tuple[dict[str, object], ...] = (
        {"qty": generator.randint(0, 300)},
        {"price": f"{generator.randint(500, 25_000) / 100:.2f}"},
        {"color": generator.choice(COLORS)},
        {"name": f"Burst {number}"},
        {"qty": generator.randint(1, 300), "price": f"{generator.randint(500, 25_000) / 100:.2f}"},
    )
    return generator.choices(kinds, weights=(4, 3, 2, 1, 1))[0]


class Burst:
    """Runs at most one burst on a store at a time."""

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
        """The progress of the current or last burst."""
        with self._lock:
            seconds = time.monotonic() - self._started if self._working else self._progress.seconds
            return replace(self._progress, running=self._working > 0, seconds=round(seconds, 3))

    def start(self, request: BurstRequest) -> Progress:
        """Start a burst. Raises `BurstRunning` while one runs, `InvalidChange` if the store has too few products."""
        planned = plan(self._store.products(), request)
        with self._lock:
            if self._working:
                raise BurstRunning
            self._stop = Event()
            self._started = time.monotonic()
            self._progress = Progress(saves=request.saves)
            timed_saves = [(number / request.per_second, save) for number, save in enumerate(planned)]
            shares = [
                [
                    timed_save
                    for timed_save in timed_saves
                    if timed_save[1].product_index % WORKERS == worker_index
                ]
                for worker_index in range(WORKERS)
            ]
            self._working = WORKERS
            self._threads = tuple(Thread(target=self._work, args=(share,), daemon=True) for share in shares)
        for thread in self._threads:
            thread.start()
        return self.progress

    def stop(self) -> Progress:
        """Finish the saves in progress, start no more, and return the progress."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        return self.progress

    def wait(self, timeout: float) -> Progress:
        """Wait until the burst ends or `timeout` seconds have passed, and return the progress."""
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return self.progress

    def _work(self, share: Sequence[tuple[float, PlannedSave]]) -> None:
        try:
            for due, save in share:
                if self._stop.wait(max(0.0, self._started + due - time.monotonic())):
                    return
                self._record(self._save(save))
        except StoreClosed:
            return
        finally:
            self._worker_done()

    def _save(self, save: PlannedSave) -> SaveResult | None:
        try:
            return self._store.save(save.sku, save.changes)
        except StoreClosed:
            raise
        except StoreError:
            # The product was deleted or renamed meanwhile: this save fails, the others go on.
            return None

    def _record(self, saved: SaveResult | None) -> None:
        accepted = sum(webhook["state"] == "accepted" for webhook in saved.webhooks) if saved else 0
        with self._lock:
            progress = self._progress
            self._progress = replace(
                progress,
                done=progress.done + 1,
                accepted=progress.accepted + accepted,
                not_accepted=progress.not_accepted + (len(saved.webhooks) - accepted if saved else 0),
                failed=progress.failed + (saved is None),
            )

    def _worker_done(self) -> None:
        with self._lock:
            self._working -= 1
            if not self._working:
                self._progress = replace(self._progress, seconds=time.monotonic() - self._started)
