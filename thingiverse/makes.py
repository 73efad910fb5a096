"""Read a list of people's makes."""

from __future__ import annotations

from thingiverse.answers import Answer, read_each
from thingiverse.details import Make, Makes
from thingiverse.errors import NotFound, Refused
from thingiverse.paging import has_more, total_of


def read_makes(answer: Answer, page: int, per_page: int) -> Makes:
    """Read a list of makes. Those that wait for a moderator are left out; for 400 and 404, it's empty."""
    try:
        makes = read_each(answer, Make)
    except (Refused, NotFound):
        return Makes(page=page)
    total = total_of(answer.headers, None, len(makes))
    more = has_more(answer.headers, total, page, per_page, len(makes))
    return Makes(makes=tuple(make for make in makes if not make.moderated), total=total, page=page, more=more)
