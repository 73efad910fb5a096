"""Read what Thingiverse says about tokens."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from thingiverse.answers import Answer, check
from thingiverse.decoding import BLANKS, json_object, number, without_collecting
from thingiverse.errors import Forbidden, NotFound, Refused, TokenRejected, Unexpected
from thingiverse.models import TokenInfo

_LONGEST_FORM = 4_000  # bytes; a token and its type take less than 100
_TOKEN = re.compile(r"[!-~]{1,512}")  # what a header can hold


@without_collecting()
def read_token(answer: Answer) -> str:
    """Read the token from a code exchange: form-encoded as in public clients, or JSON as in v2 (`token`).

    Raises Refused if the code or the client secret was rejected, whatever the status.
    """
    try:
        check(answer)
    except (TokenRejected, Forbidden, NotFound):
        raise Refused("no token") from None
    if answer.body.lstrip(BLANKS).startswith(b"{"):
        members = json_object(answer.body)
    else:
        members = dict(parse_qsl(answer.body[:_LONGEST_FORM].decode("utf-8", "replace").strip()))
    token = members.get("access_token") or members.get("token")
    if isinstance(token, str) and _TOKEN.fullmatch(token):
        return token
    raise Refused("no token") if "error" in members else Unexpected("no token")


@without_collecting()
def read_token_info(answer: Answer) -> TokenInfo:
    """Read `{"audience": CLIENT_ID, "user_id": "244"}`. For a bad token, there's an `error`, with any status."""
    try:
        check(answer)
    except (Refused, Forbidden, NotFound):
        raise TokenRejected("tokeninfo") from None
    except Unexpected:
        raise TokenRejected("tokeninfo") if answer.status >= 400 else Unexpected("tokeninfo") from None
    members = json_object(answer.body)
    if members.get("error") is not None:
        raise TokenRejected("tokeninfo")
    audience = members.get("audience")
    if not isinstance(audience, (str, int)) or isinstance(audience, bool):
        raise Unexpected("tokeninfo")
    return TokenInfo(audience=str(audience), user_id=number(members.get("user_id")))
