"""What other processes of the same bot know about Thingiverse's hosts."""

from __future__ import annotations

from thingiverse.breaker import Breaker


class Others:
    """With one process, there are none. `shared/pauses.py` asks them through Redis."""

    async def closed_for(self, origin: str, breaker: Breaker) -> float:
        """Seconds until the host may be asked again after a 429. The breaker learns of an outage, or of its end."""
        return 0.0

    async def close(self, origin: str, seconds: float) -> None:
        """Tell them of a 429."""

    async def tell(self, origin: str, breaker: Breaker) -> None:
        """Tell them of an outage, or of its end, if the breaker's call changed that."""
