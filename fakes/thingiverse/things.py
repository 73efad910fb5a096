"""Invented designs and makers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

# login, first name
MAKERS = {
    "mira": "Mira",
    "tobias.k": "Tobias",
    "ada_prints": "Ada",
    "owner": "Olu",
    "layer-cake": "Lena",
    "Extraordinarily_Long_Maker_Name_Of_The_Northern_Printing_Guild": "Nora",
    "*bold*_and_~wavy~|maker|": "Bo",
    "דפוס_ירושלים": "Noam",
    "everyone": "Eve",
    "bricole": "Brice",
    "kumiko": "Kumiko",
    "gyro": "Gyula",
}

LICENSES = [
    "Creative Commons - Attribution",
    "Creative Commons - Attribution - Share Alike",
    "Creative Commons - Attribution - Non-Commercial",
    "Creative Commons - Attribution - Non-Commercial - Share Alike",
    "Creative Commons - Public Domain Dedication",
    "GNU - GPL",
    "BSD License",
    "All Rights Reserved",
]

# invented top categories: ID, name
CATEGORY_NAMES = {61: "Art & Design", 62: "Household", 63: "Hobby", 64: "Tools & Workshop", 65: "Toys & Games"}
CATEGORIES = {
    "vase": 62, "gear": 63, "honeycomb": 62, "shade": 62, "clip": 64, "terrain": 61, "rook": 65, "dice": 65,
    "planter": 62, "mandala": 61, "box": 64, "ring": 61,
}  # fmt: skip
# licenses: as parameters of /search, and as in responses
LICENSE_CODES = {
    "cc": "Creative Commons - Attribution",
    "ccsa": "Creative Commons - Attribution - Share Alike",
    "ccnc": "Creative Commons - Attribution - Non-Commercial",
    "ccncsa": "Creative Commons - Attribution - Non-Commercial - Share Alike",
    "pd0": "Creative Commons - Public Domain Dedication",
    "gpl": "GNU - GPL",
    "bsd": "BSD License",
}

# name, shape, tags
_DESIGNS = """
Twisted vase No. 4|vase|vase,home,spiral
Herringbone gear set|gear|gear,mechanical
Honeycomb wall shelf|honeycomb|shelf,modular
Gyroid lamp shade|shade|lamp,gyroid
Cable clip for desks|clip|desk,cable
Low-poly mountain range|terrain|terrain,decor
Chess rook with spiral stairs|rook|chess,game
Dice tower, folding|dice|dice,game
Planter with hidden tray|planter|plant,home
Mandala coaster|mandala|coaster,table
Screw-top box, 60 mm|box|box,storage
Spiral ring holder|ring|jewelry
Fluted pencil cup|vase|desk,pen
Planetary gear fidget|gear|fidget,gear
Hexagon drawer organizer|honeycomb|drawer,storage
Bedside lamp, ribbed|shade|lamp,home
Filament spool clip|clip|filament,workshop
Island of three peaks|terrain|terrain,game
Pawn, weighted|rook|chess,game
Loaded-looking fair dice|dice|dice
Self-watering pot for herbs|planter|plant,kitchen
Star trivet|mandala|kitchen
Threaded jar for tiny screws|box|workshop,storage
Moebius bracelet|ring|jewelry,math
Wave vase, single wall|vase|vase
Bevel gear demonstrator|gear|gear,school
Honeycomb pen stand|honeycomb|desk,pen
Moon lantern|shade|lamp,moon
Bag clip with a spring|clip|kitchen
Topographic coaster set|terrain|coaster,map
Queen of the printed court|rook|chess
Dice vault for one|dice|dice,box
Hanging planter, braided|planter|plant
Snowflake, six kinds|mandala|winter
Battery box, 8 cells|box|battery,storage
Ring sizer set|ring|jewelry,tool
Tall vase with a waist|vase|vase,home
Clock gear train|gear|clock,gear
Honeycomb soap dish|honeycomb|bath
Pleated pendant lamp|shade|lamp
Headphone hook|clip|desk,audio
Canyon bookend pair|terrain|books
Bishop in facets|rook|chess
Dungeon dice tray|dice|dice,game
Succulent boat|planter|plant
Rosette jewelry dish|mandala|jewelry
Sewing box with dividers|box|sewing
Orbit pendant|ring|jewelry
Amphora, very small|vase|vase,history
Rack and pinion toy|gear|toy,gear
Honeycomb bird feeder|honeycomb|garden,bird
Night light, tide|shade|lamp
Tent peg clip|clip|camping
Volcano incense burner|terrain|home
Knight's tower|rook|chess
Twenty sides of trouble|dice|dice
""".strip().splitlines()

ODD_FROM = 5_000


@dataclass
class FakeThing:
    """One design; `extra` replaces fields of its responses."""

    id: int
    name: str
    shape: str
    maker: str | None
    like_count: int | None
    make_count: int | None
    license: str | None
    tags: list[str]
    flags: set[str] = field(default_factory=set[str])  # of: ai, wip, nsfw, private, no_picture, stl_thumbnail, featured
    category: int = 0
    days_old: float = 400
    published: datetime | None = None  # instead of its age
    undated: bool = False
    parents: list[int] = field(default_factory=list[int])
    comment_count: int = 4
    collect_count: int | None = 12
    extra: dict[str, Any] = field(default_factory=dict[str, Any])

    def age(self, now: datetime | None = None) -> float:
        """In days."""
        if self.published is None:
            return self.days_old
        return ((now or datetime.now(UTC)) - self.published) / timedelta(days=1)


def all_things() -> dict[int, FakeThing]:
    """About sixty designs, the most popular first. The last few are odd on purpose."""
    makers = [name for name in MAKERS if name != "owner"]
    made: list[FakeThing] = []
    for position, line in enumerate(_DESIGNS):
        name, shape, tags = line.split("|")
        flags: set[str] = set()
        if position % 13 == 5:
            flags.add("ai")
        if position % 11 == 7:
            flags.add("wip")
        if position % 9 == 3:
            flags.add("featured")
        made.append(
            FakeThing(
                id=1_001 + position * 37,
                name=name,
                shape=shape,
                maker=makers[position % len(makers)] if position % 4 else "mira" if position % 8 else "kumiko",
                like_count=4_812 - position * 71,
                make_count=max(0, 310 - position * 6),
                license=LICENSES[position % len(LICENSES)],
                tags=list[str](tags.split(",")),
                flags=flags,
                category=CATEGORIES[shape],
                days_old=1 + position * 17 % 400,
                parents=[1_001 + (position - 14) * 37] if position >= 14 and position % 14 < 3 else [],
            )
        )
    return {thing.id: thing for thing in made[:7] + _odd()[:4] + made[7:] + _odd()[4:]}


def _odd() -> list[FakeThing]:
    def odd(number: int, name: str, shape: str = "box", **given: Any) -> FakeThing:
        values: dict[str, Any] = {
            "maker": "ada_prints",
            "like_count": 90 - number,
            "make_count": 3,
            "license": LICENSES[0],
            "tags": ["odd"],
            **given,
        }
        return FakeThing(id=ODD_FROM + number, name=name, shape=shape, **values)

    return [
        odd(1, "**Bold** _claims_ & `ticks` @everyone [link](https://example.org) ||hush||", "gear"),
        odd(2, "Figure study, abstract", "mandala", flags={"nsfw"}),
        odd(3, "אגרטל ספירלי עם ידיות", "vase", maker="דפוס_ירושלים"),
        odd(4, "No picture, no maker, no license  ", maker=None, license=None, like_count=None, make_count=None,
            flags={"no_picture"}),
        odd(5, "A name that goes on and on until nobody remembers how it began, " * 4, "honeycomb",
            maker="Extraordinarily_Long_Maker_Name_Of_The_Northern_Printing_Guild"),
        odd(6, "Kept to myself", flags={"private"}),
        odd(7, "Slat support", "clip", flags={"stl_thumbnail"}),
        odd(8, "Mine, all mine", "ring", maker="mira"),
        odd(9, "", "dice"),
    ]  # fmt: skip
