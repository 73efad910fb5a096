"""New designs at the press of a button: on the panel, designs are published, taken down, and shift the pages."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from fakes.thingiverse.world import World

OLD = 40.0  # days; feeds don't post what's older than 30
SHIFTS = 5  # designs that are published while pages are read, and no more
NAMES = ("Vase with a twist", "Vase for one flower", "Vase of waves", "Vase with windows", "Vase that folds")


class Publishing:
    """What's published from the panel."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._made: list[int] = []
        self._shifts = 0

    @property
    def newest(self) -> str | None:
        """The name of the newest that's still there."""
        return self._world.things[self._made[-1]].name if self._made else None

    async def press(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        name, tag = str(form.get("name") or "").strip()[:100], str(form.get("tag") or "vase").strip()[:50]
        match str(form.get("what")):
            case "publish":
                self._publish(name, tag)
            case "old":
                self._publish(name, tag, days_ago=OLD)
            case "take_down" if self._made:
                self._world.take_down(self._made.pop())
            case "shift":
                self._shifts = SHIFTS
                self._world.after_page = self._shift
            case _:
                raise web.HTTPBadRequest(text="There's nothing like that to do.")
        raise web.HTTPSeeOther("/panel")

    def _publish(self, name: str, tag: str, **given: Any) -> None:
        thing = self._world.publish(name or NAMES[len(self._made) % len(NAMES)], tags=[tag], **given)
        self._made.append(thing.id)

    def _shift(self, _: int) -> None:
        if self._shifts > 0:
            self._shifts -= 1
            self._publish("", "vase")
