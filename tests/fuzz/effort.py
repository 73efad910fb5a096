"""How long to look: seconds in CI, as long as wanted by `make fuzz`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("FUZZ_TIMES", "1"))


def cases(number: int) -> Callable[[Any], Any]:
    """So many examples of a property in CI, FUZZ_TIMES as many otherwise. A failing one is kept and tried first."""
    return settings(
        max_examples=number * TIMES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
