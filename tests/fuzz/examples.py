"""How many examples to try: few in `make test`, eight times as many in `make check`, any number in `make fuzz`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("FUZZ_TIMES", "1"))


def cases(number: int) -> Callable[[Any], Any]:
    """Try an eighth of `number` examples, or FUZZ_TIMES as many. A failing one is saved and tried first."""
    return settings(
        max_examples=max(number * TIMES // 8, 20),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
