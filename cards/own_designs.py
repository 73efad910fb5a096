"""A maker's own designs: their counts, and what changed since yesterday and last week."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import astuple

from cards.components import Component, button, container, custom_id, row, separator, text
from cards.gallery import old
from cards.paging import back_and_next, paged
from cards.thing_summary import named
from counts import Changes, Counted, DesignCounts, DesignReport
from texts import Language, Markup, moment
from thingiverse.models import Thing

PER_PAGE = 8


def render(
    language: Language, things: Sequence[Thing], counted: Counted, report: DesignReport, page: int, *, adult: bool
) -> list[Component]:
    """Page `page`, from 0, or the last page if there are fewer. `adult`: adult designs may be named here."""
    if not things:
        said = language.say("**@{maker}** hasn't published any designs on Thingiverse yet.", maker=counted.maker)
        return [container(text(said))]
    shown, page, last = paged(_in_order(things, counted.day, counted.week), page, PER_PAGE)
    lines = [text(_line(language, thing, counted.day, adult=adult)) for thing in shown]
    top = "\n".join(_top(language, len(things), counted, report))
    button_row = row(_daily_button(language, daily=report.daily))
    pages = [row(*back_and_next(language, page, "my_designs_at", more=page < last))] if last else []
    return [container(text(top), separator(), *lines, separator(), button_row), *pages]


def _top(language: Language, count: int, counted: Counted, report: DesignReport) -> list[str]:
    if counted.whole:
        number = language.count("-# {n} design by @{maker}", "-# {n} designs by @{maker}", count, maker=counted.maker)
    else:
        number = language.say("-# The first {n} designs by @{maker}", n=count, maker=counted.maker)
    lines = [language.say("## Your designs"), number, _counts(language, counted.total), *_changes(language, counted)]
    if counted.read_at is not None:
        lines.insert(1, old(language, counted.read_at))
    if counted.day is None:
        lines.append(language.say("-# I count from today. Look again tomorrow to see what changed."))
    if report.closed_at is not None:
        when = report.closed_at
        lines.append(language.say("-# I turned off your daily DM {when}, because I couldn't send it.", when=when))
    return lines


def daily(language: Language, things: Sequence[Thing], counted: Counted) -> list[Component]:
    """The daily DM. It names no adult designs."""
    changed = [thing for thing in _in_order(things, counted.day, None) if _size(counted.day, thing)]
    by = language.say("-# By @{maker} on Thingiverse", maker=counted.maker)
    body = "\n".join([language.say("## Your designs"), by, *_changes(language, counted)])
    lines = [_line(language, thing, counted.day, adult=False) for thing in changed[:PER_PAGE]]
    if (rest := len(changed) - PER_PAGE) > 0:
        lines.append(language.count("-# and {n} more", "-# and {n} more", rest))
    buttons = row(
        button(language.say("All my designs"), custom_id("my_designs")),
        button(language.say("Stop these DMs"), custom_id("daily_off")),
    )
    return [container(text(body), separator(), *map(text, lines), separator(), buttons)]


def turned_off(language: Language) -> list[Component]:
    said = language.say("You won't get these DMs anymore. Use {/my-designs} to turn them on again.")
    return [container(text(said))]


def has_news(counted: Counted) -> bool:
    return counted.day is not None and any(any(astuple(change)) for change in counted.day.of.values())


def _changes(language: Language, counted: Counted) -> list[str]:
    lines: list[str] = []
    for changes in (counted.day, counted.week):
        if changes is not None:
            said = _change(language, changes.total) or language.say("nothing new")
            lines.append(
                language.say("Since {date}: {changes}", date=moment(changes.since, "D"), changes=Markup(f"**{said}**"))
            )
    return lines


def _line(language: Language, thing: Thing, day: Changes | None, *, adult: bool) -> str:
    counts = DesignCounts(thing.like_count, thing.make_count, thing.comment_count, thing.collect_count)
    name = named(language, thing) if adult or not thing.is_nsfw else f"**#{thing.id}**"
    change = _change(language, day.of.get(thing.id)) if day is not None else ""
    return f"{name}\n{_counts(language, counts)}" + (f"\n-# {change}" if change else "")


def _counts(language: Language, counts: DesignCounts) -> str:
    return " · ".join(_said(language, counts))


def _change(language: Language, change: DesignCounts | None) -> str:
    """What changed, with a sign; empty if nothing did."""
    if change is None:
        return ""
    known = [count for count in astuple(change) if count is not None]
    said = _said(language, DesignCounts(*(abs(count) if count is not None else None for count in astuple(change))))
    return " · ".join(f"{'+' if n > 0 else '−'}{each}" for n, each in zip(known, said, strict=True) if n)


def _said(language: Language, counts: DesignCounts) -> list[str]:
    """Each count that's known, in words."""
    said = [
        None if counts.likes is None else language.count("{n} like", "{n} likes", counts.likes),
        None if counts.makes is None else language.count("{n} make", "{n} makes", counts.makes),
        None if counts.comments is None else language.count("{n} comment", "{n} comments", counts.comments),
        None if counts.saves is None else language.count("{n} save", "{n} saves", counts.saves),
    ]
    return [each for each in said if each is not None]


def _in_order(things: Sequence[Thing], day: Changes | None, week: Changes | None) -> list[Thing]:
    """Those with the most news first, then the most liked."""

    def news(thing: Thing) -> tuple[int, int, int]:
        return _size(day, thing), _size(week, thing), thing.like_count or 0

    return sorted(things, key=news, reverse=True)


def _size(changes: Changes | None, thing: Thing) -> int:
    change = changes.of.get(thing.id) if changes is not None else None
    return sum(abs(count or 0) for count in astuple(change)) if change is not None else 0


def _daily_button(language: Language, *, daily: bool) -> Component:
    if daily:
        return button(language.say("Stop daily DMs"), custom_id("daily", 0))
    return button(language.say("Send me this daily"), custom_id("daily", 1))
