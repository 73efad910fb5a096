"""The REST endpoints for replies to an interaction: the callback, then its webhook."""

from __future__ import annotations

from aiohttp import web

from fakes.discord.components import shown
from fakes.discord.messages import UNKNOWN_MESSAGE, Messages
from fakes.discord.middleware import BODY, PREFIX, Middleware
from fakes.discord.payloads import AUTOCOMPLETE, COMMAND, COMPONENT, EPHEMERAL, LOADING, MODAL_SUBMIT, Payload
from fakes.discord.state import ApiError, Kept, Result, State, Where
from fakes.discord.validation import Problem, form_errors, modal_problems

TOKEN_LIVES = 15 * 60.0  # seconds
MOST_FOLLOWUPS = 5  # if the app is only installed for the user

REPLY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
# type of interaction -> callback types it accepts
TAKES = {
    COMMAND: {REPLY, DEFER, MODAL},
    COMPONENT: {REPLY, DEFER, DEFER_UPDATE, UPDATE, MODAL},
    AUTOCOMPLETE: {CHOICES},
    MODAL_SUBMIT: {REPLY, DEFER, DEFER_UPDATE, UPDATE},
}


class Callbacks:
    def __init__(self, state: State, messages: Messages) -> None:
        self._state = state
        self._messages = messages

    def routes(self, app: web.Application, middleware: Middleware) -> None:
        webhook = "/webhooks/{webhook_id}/{webhook_token}"
        for method, path, handler in (
            ("POST", "/interactions/{interaction_id}/{interaction_token}/callback", self.callback),
            ("POST", webhook, self.follow_up),
            ("GET", webhook + "/messages/{message_id}", self.get),
            ("PATCH", webhook + "/messages/{message_id}", self.edit),
            ("DELETE", webhook + "/messages/{message_id}", self.delete),
        ):
            app.router.add_route(method, PREFIX + path, middleware.guard(handler))

    async def callback(self, request: web.Request) -> Payload | None:
        result = self._unanswered(request)
        body = request[BODY] or {}
        kind, data = body.get("type"), {**(body.get("data") or {}), "_files": body.get("_files", [])}
        if kind not in TAKES[result.interaction["type"]] or (
            kind in {DEFER_UPDATE, UPDATE} and "message" not in result.interaction
        ):
            raise self._invalid([Problem(("type",), "BASE_TYPE_CHOICES", f"{kind} is no answer to this interaction")])
        result.ack_type = kind  # before any await, because a second callback may arrive
        try:
            await self._first_sign(result, kind, data)
        except ApiError:
            result.ack_type = None
            raise
        result.ack_after = self._state.clock() - result.began
        result.changed.fire()
        return _told(result) if request.query.get("with_response") in {"true", "1", "True"} else None

    async def _first_sign(self, result: Result, kind: int, data: Payload) -> None:
        if kind == REPLY:
            self._messages.check(data, flags=int(data.get("flags") or 0))
            await self._start(result, data)
        elif kind == DEFER:
            await self._start(result, {"flags": int(data.get("flags") or 0) & EPHEMERAL | LOADING})
        elif kind in {DEFER_UPDATE, UPDATE}:
            result.original = self._state.messages[result.interaction["message"]["id"]]
            if kind == UPDATE:
                await self._messages.edit(result.original, data)
                result.edits.append(dict(result.original.payload))
            result.message = result.original.payload
        elif kind == MODAL:
            result.modal = self._modal(data)
        else:
            result.choices = self._choices(data)

    async def _start(self, result: Result, body: Payload) -> None:
        result.original = await self._say(result, body, kind=20 if result.interaction["type"] == COMMAND else 0)
        result.message = result.original.payload

    async def follow_up(self, request: web.Request) -> Payload:
        result = self._answered(request)
        body = request[BODY] or {}
        placeholder = result.original
        if placeholder is not None and placeholder.payload["flags"] & LOADING and not placeholder.deleted:
            # the first follow-up replaces "thinking …" and is as private as the deferral
            return await self._edit(result, placeholder, body)
        if result.place.where is Where.USER_INSTALL and len(result.followups) >= MOST_FOLLOWUPS:
            raise ApiError(400, 40094, "This interaction has reached the maximum number of follow up messages")
        self._messages.check(body, flags=int(body.get("flags") or 0))
        kept = await self._say(result, body, kind=0)
        result.followups.append(kept.payload)
        result.changed.fire()
        return kept.payload

    async def get(self, request: web.Request) -> Payload:
        return self._own(self._answered(request), request).payload

    async def edit(self, request: web.Request) -> Payload:
        result = self._answered(request)
        return await self._edit(result, self._own(result, request), request[BODY] or {})

    async def delete(self, request: web.Request) -> None:
        result = self._answered(request)
        await self._messages.delete(self._own(result, request))
        result.changed.fire()

    async def _edit(self, result: Result, kept: Kept | None, body: Payload) -> Payload:
        if kept is None:
            raise ApiError(*UNKNOWN_MESSAGE)
        await self._messages.edit(kept, body)
        result.edits.append(dict(kept.payload))
        result.changed.fire()
        return kept.payload

    async def _say(self, result: Result, body: Payload, *, kind: int) -> Kept:
        private = bool(int(body.get("flags") or 0) & EPHEMERAL)
        extra: Payload = {
            "type": kind,
            "application_id": self._state.application_id,
            "webhook_id": self._state.application_id,
            "interaction_metadata": result.metadata,
        }
        if kind == 20:
            name = result.interaction["data"]["name"]
            extra["interaction"] = {key: result.metadata[key] for key in ("id", "type", "user")} | {"name": name}
        return await self._messages.add(result.place, body, extra=extra, only_for=result.person.id if private else None)

    def _modal(self, data: Payload) -> Payload:
        problems = modal_problems(data)
        if problems:
            raise self._invalid(problems)
        return {**data, "components": shown(data["components"])}

    def _choices(self, data: Payload) -> list[Payload]:
        choices: list[Payload] = data.get("choices") or []
        bad = [each for each in choices if not (1 <= len(each["name"]) <= 100 and len(str(each["value"])) <= 100)]
        if bad or len(choices) > 25:
            raise self._invalid(
                [Problem(("data", "choices"), "BASE_TYPE_BAD_LENGTH", "25 choices of 1 to 100 letters")]
            )
        return choices

    def _invalid(self, problems: list[Problem]) -> ApiError:
        self._state.violations += map(str, problems)
        return ApiError(400, 50035, "Invalid Form Body", form_errors(problems))

    def _unanswered(self, request: web.Request) -> Result:
        result = self._state.interactions.get(request.match_info["interaction_token"])
        known = result is not None and result.interaction["id"] == request.match_info["interaction_id"]
        if result is not None and known and result.ack_type is not None:
            raise ApiError(400, 40060, "Interaction has already been acknowledged.")
        if result is None or not known or self._state.clock() - result.began > self._state.first_sign:
            raise ApiError(404, 10062, "Unknown interaction")
        return result

    def _answered(self, request: web.Request) -> Result:
        result = self._state.interactions.get(request.match_info["webhook_token"])
        own = request.match_info["webhook_id"] == self._state.application_id
        if result is None or result.ack_type is None or not own:
            raise ApiError(404, 10015, "Unknown Webhook")
        if self._state.clock() - result.began > TOKEN_LIVES:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        return result

    def _own(self, result: Result, request: web.Request) -> Kept:
        """A message that this interaction's token can reach: the original or a follow-up."""
        wanted = request.match_info["message_id"]
        own = {each["id"] for each in result.followups}
        if result.original is not None:
            own.add(result.original.id)
            wanted = result.original.id if wanted == "@original" else wanted
        kept = self._state.messages.get(wanted) if wanted in own else None
        if kept is None or kept.deleted:
            raise ApiError(*UNKNOWN_MESSAGE)
        return kept


def _told(result: Result) -> Payload:
    interaction: Payload = {"id": result.interaction["id"], "type": result.interaction["type"]}
    if result.original is None:
        return {"interaction": interaction}
    flags = result.original.payload["flags"]
    interaction |= {
        "response_message_id": result.original.id,
        "response_message_loading": bool(flags & LOADING),
        "response_message_ephemeral": bool(flags & EPHEMERAL),
    }
    if result.ack_type not in {REPLY, UPDATE}:  # a deferral has no message yet
        return {"interaction": interaction}
    return {
        "interaction": interaction,
        "resource": {"type": result.ack_type, "message": result.original.payload},
    }
