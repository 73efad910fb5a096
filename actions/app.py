"""The settings of our app on Thingiverse."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class App:
    client_id: str
    app_token: str = field(repr=False)
    www_url: str
    client_secret: str | None = field(default=None, repr=False)
    redirect_uri: str | None = None
    approved: bool = False
    unchecked_links: bool = False  # link even if tokeninfo isn't available
    state: Literal["auto", "always", "never"] = "auto"  # whether a reply must have a state
    proof: Literal["code", "discord"] | None = None  # how people prove themselves on the linking page; None without one

    @property
    def revoke_url(self) -> str:
        """Where people remove an app's access. There's no API for it (reported by users of other clients)."""
        return f"{self.www_url}/apps"
