"""What goes before looking around, by the names it goes by."""

from __future__ import annotations

from cogs.browser_check import BrowserCheckCog
from desk.admission import ACTS
from tests.stage import Stage


async def test_each_name_that_goes_first_is_of_a_command_or_a_button(stage: Stage) -> None:
    commands = {command.name for command in stage.bot.tree.walk_commands()}
    menus = {menu.name for menu in stage.bot.tree._context_menus.values()}
    # the linking page's are there only with PUBLIC_URL
    on_the_page = {verb for each in vars(BrowserCheckCog).values() for verb, *_ in getattr(each, "pressed", ())}
    assert commands | menus | on_the_page | set(stage.bot._presses._routes) >= ACTS
