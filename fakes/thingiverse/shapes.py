"""Designs, makers, and pictures as JSON, as captured from the real API or described by it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fakes.thingiverse.things import ODD_FROM, FakeThing
from fakes.thingiverse.world import FakeCollection, FakeMake, Maker, Token, World

DESCRIPTION = (
    "<div><p><strong>Prints</strong> without supports &amp; without fuss.<br>\nScale to taste.</p>\n"
    '<ul><li>0.2 mm layers</li><li>see <a href="https://example.org/x">the notes</a></li></ul>'
    "<p>Two walls are enough.</p></div>"
)
NASTY = f"{DESCRIPTION}<script>alert(1)</script><p>@everyone **enjoy** `it`</p># big<h1>Big</h1>> quoted"
SECTIONS = [
    {"type": "summary", "name": "Summary", "data": [{"content": DESCRIPTION}]},
    {
        "type": "settings",
        "name": "Print Settings",
        "data": [
            {"printer": "Ender 3", "rafts": "No", "supports": "No", "resolution": "0.2 mm", "infill": "15 %"},
            {"filament_material": "PLA", "notes": "<p>Two walls are enough.</p>", "filament_brand": None},
            None,
        ],
    },
    {"type": "tips", "name": "Post-Printing"},
]


class Shapes:
    def __init__(self, world: World) -> None:
        self._world = world

    def short(self, thing: FakeThing) -> dict[str, Any]:
        """A design in a list: no license, no is_liked, and numbers or null for some booleans."""
        picture = None if "no_picture" in thing.flags else f"{self._world.www_url}/pictures/{thing.id}.png"
        thumbnail = f"{self._world.www_url}/pictures/{thing.id}.stl" if "stl_thumbnail" in thing.flags else picture
        maker = self._world.people.get(thing.maker or "")
        return {
            "id": thing.id,
            "name": thing.name,
            "url": f"{self._world.api_url}/things/{thing.id}",
            "public_url": f"{self._world.www_url}/thing:{thing.id}",
            "created_at": None if thing.undated else self._created(thing),
            "thumbnail": thumbnail,
            "preview_image": thumbnail,
            "creator": None if maker is None else self.maker(maker),
            "is_private": 0,
            "is_purchased": None,
            "is_published": 1,
            "comment_count": thing.comment_count,
            "collect_count": thing.collect_count,
            "make_count": thing.make_count,
            "like_count": thing.like_count,
            "tags": [{"name": tag, "tag": tag, "count": 9} for tag in thing.tags],
            "is_nsfw": True if "nsfw" in thing.flags else None,
            "is_ai": "ai" in thing.flags,
            "rank": None,
            "moderation": "",
            **thing.extra,
        }

    def full(self, thing: FakeThing, token: Token) -> dict[str, Any]:
        picture = f"{self._world.www_url}/pictures/{thing.id}.png"
        return {
            **self.short(thing),
            "license": thing.license,
            "is_wip": int("wip" in thing.flags),
            "is_liked": thing.id in self._world.likes[token.maker],
            "is_nsfw": "nsfw" in thing.flags,
            **self._collected(thing, token),
            "description": "Prints without supports.\r\nScale to taste.",
            "description_html": NASTY if thing.id >= ODD_FROM else DESCRIPTION,
            "details_parts": SECTIONS if thing.id % 2 else [{"type": "settings", "name": "Print Settings"}],
            "download_count": 345 + thing.id,
            "remix_count": sum(thing.id in other.parents for other in self._world.listed()),
            "file_count": 3,
            "app_id": None,
            "default_image": None if "no_picture" in thing.flags or thing.id % 5 == 0 else self.image(1, picture),
            "ancestors": self.parents(thing),
            **thing.extra,
        }

    def _collected(self, thing: FakeThing, token: Token) -> dict[str, Any]:
        if not self._world.settings.says_collected:
            return {}
        return {"is_collected": any(thing.id in found.things for found in self._world.collections_of(token.maker))}

    def collection(self, found: FakeCollection) -> dict[str, Any]:
        return {
            "id": found.id,
            "name": found.name,
            "description": "",
            "creator": self.maker(self._world.people[found.maker]),
            "url": f"{self._world.api_url}/collections/{found.id}",
            "count": len(found.things),
            "is_editable": False,
            "featured_thing_id": 0,
            "featured_thing": None,
            "absolute_url": f"{self._world.www_url}/{found.maker}/collections/{found.id}/things",
        }

    def _created(self, thing: FakeThing) -> str:
        when = thing.published or self._world.now() - timedelta(days=thing.days_old)
        return when.isoformat(timespec="seconds")

    def parents(self, thing: FakeThing) -> list[dict[str, Any]]:
        return [self.short(self._world.things[parent]) for parent in thing.parents if parent in self._world.things]

    def image(self, number: int, url: str) -> dict[str, Any]:
        sizes = [("thumb", "large"), ("preview", "card"), ("display", "large")]
        return {
            "id": number,
            "name": url.rpartition("/")[2],
            "url": url,
            "sizes": [{"type": kind, "size": size, "url": url} for kind, size in sizes],
        }

    def make(self, make: FakeMake) -> dict[str, Any]:
        """A make, as the API's description has it."""
        maker = self._world.people.get(make.maker or "")
        picture = None if "no_picture" in make.flags else f"{self._world.www_url}/pictures/{make.thing}.png"
        return {
            "id": make.id,
            "url": f"{self._world.api_url}/copies/{make.id}",
            "public_url": f"{self._world.www_url}/make:{make.id}",
            "added": (self._world.now() - timedelta(days=make.days_old)).isoformat(timespec="seconds"),
            "like_count": make.like_count,
            "description": make.description,
            "creator": None if maker is None else self.maker(maker),
            "thumbnail": picture,
            "preview_image": picture,
            "needs_moderation": "moderated" in make.flags,
            "type_name": "Make",
        }

    def maker(self, maker: Maker) -> dict[str, Any]:
        return {
            "id": maker.id,
            "name": maker.name,
            "first_name": maker.first_name,
            "url": f"{self._world.api_url}/users/{maker.name}",
            "public_url": f"{self._world.www_url}/{maker.name}",
            "thumbnail": f"{self._world.www_url}/pictures/maker-{maker.id}.png",
            "count_of_designs": sum(thing.maker == maker.name for thing in self._world.listed()),
            "count_of_followers": 32,
            "location": None,
            "is_following": False,
        }
