"""The kinds of goods that the sample catalog is drawn from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """A kind of goods. `price` is a range in whole dollars, `weight` in pounds; `texts` are selling points."""

    code: str
    nouns: tuple[str, ...]
    attribute_set_id: int
    category_id: int
    price: tuple[int, int]
    weight: str
    sizes: tuple[str, ...]
    materials: tuple[str, ...]
    activities: tuple[str, ...]
    texts: tuple[str, ...]


NAMES = (
    "Alder", "Arlo", "Bergen", "Bodie", "Café", "Cassius", "Chaz", "Dash", "Didi", "Ember", "Endeavor", "Fusion",
    "Hollis", "Impulse", "Juno", "Kaia", "Lando", "Luma", "Mira", "Oslo", "Piper", "Quest", "Rival", "Savvy",
    "Summit", "Tidal", "Voyage", "Wayfarer", "Zephyr", "Zoltan",
)  # fmt: skip

FAMILIES = (
    Family(
        "WG", ("Sport Watch", "Field Watch", "Analog Watch"), 11, 6, (45, 240), "0.35",
        ("38 mm", "42 mm"), ("Stainless Steel", "Leather", "Silicone"), ("Gym", "Office", "Running"),
        ("Water resistant to 50 m", "Luminous hands", "Quick-release strap", "1-year limited warranty"),
    ),
    Family(
        "MB", ("Messenger Bag", "Duffle Bag", "Backpack", "Tote"), 11, 4, (25, 130), "1.8",
        ("One Size",), ("Canvas", "Leather", "Nylon"), ("School", "Travel", "Gym"),
        ('Fits a 15" laptop', "Water-repellent lining", "Padded shoulder strap", "Two inner pockets"),
    ),
    Family(
        "UG", ("Insulated Bottle", "Travel Flask"), 11, 7, (14, 48), "0.7",
        ("11 oz", "15 oz"), ("Stainless Steel", "Silicone"), ("Hike", "Outdoor", "Gym"),
        ("Keeps drinks cold for 24 hours", "Leak-proof lid", "BPA free"),
    ),
    Family(
        "MT", ("Crew Tee", "V-Neck Tee", "Polo Shirt"), 9, 16, (16, 52), "0.4",
        ("XS", "S", "M", "L", "XL"), ("Cotton", "Linen", "Polyester"), ("Gym", "Running", "Recreation"),
        ("Machine wash cold", "Tagless collar", "Pre-shrunk", "Fits true to size"),
    ),
    Family(
        "WS", ("Fitted Tee", "Linen Shirt", "Yoga Top"), 9, 26, (18, 64), "0.35",
        ("XS", "S", "M", "L"), ("Cotton", "Linen", "Polyester"), ("Yoga", "Gym", "Recreation"),
        ("Four-way stretch", "Flat seams", "Breathable knit"),
    ),
    Family(
        "MH", ("Pullover Hoodie", "Zip Hoodie"), 9, 15, (39, 95), "1.1",
        ("S", "M", "L", "XL"), ("Cotton", "Wool", "Polyester"), ("Outdoor", "Hike", "Recreation"),
        ("Brushed inside", "Kangaroo pocket", "Ribbed cuffs"),
    ),
    Family(
        "HM", ("Stoneware Mug", "Espresso Cup", "Camp Mug"), 4, 31, (8, 28), "0.8",
        ("11 oz", "15 oz"), ("Stoneware", "Stainless Steel"), ("Office", "Recreation"),
        ("Dishwasher safe", "Glazed by hand", "Holds heat & looks good"),
    ),
    Family(
        "HC", ("Scented Candle", "Soy Candle"), 4, 32, (9, 34), "0.9",
        ("11 oz", "15 oz"), ("Stoneware",), ("Recreation",),
        ("Burns 40 hours", "Cotton wick", "Poured in small batches"),
    ),
)  # fmt: skip

COLORS = ("Black", "Blue", "Brown", "Gray", "Green", "Lavender", "Orange", "Purple", "Red", "White", "Yellow")
BRANDS = ("Luma", "Tidewater", "Kestrel & Sons", "Maison Émile", "Northbay")
