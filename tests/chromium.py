"""What tests in a browser need."""

from __future__ import annotations

import pytest

from demo.story import CHROMIUM

NEEDS_CHROMIUM = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not on this machine")
