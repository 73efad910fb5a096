"""Our app as Thingiverse knows it."""

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
    unchecked_links: bool = True  # link although tokeninfo cannot be asked
    proof: Literal["code", "discord"] | None = None  # what the linking page asks for; None where there is no page

    @property
    def revoke_url(self) -> str:
        """Where people end an app's access; there is no call for it (reported by other clients' users)."""
        return f"{self.www_url}/apps"
