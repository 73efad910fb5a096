"""`python -m fakes.thingiverse`: run until Ctrl-C, and print what the bot's settings need."""

from __future__ import annotations

from fakes.running import run_until_stopped
from fakes.thingiverse import FakeThingiverse


def settings(world: FakeThingiverse) -> dict[str, str]:
    return {
        "THINGIVERSE_URL": world.www_url,
        "THINGIVERSE_API_URL": world.api_url,
        "THINGIVERSE_CLIENT_ID": world.app.client_id,
        "THINGIVERSE_CLIENT_SECRET": world.app.client_secret,
        "THINGIVERSE_APP_TOKEN": world.app.app_token,
        "THINGIVERSE_REDIRECT_URI": world.app.redirect_uri,
    }


if __name__ == "__main__":
    run_until_stopped(FakeThingiverse, settings)
