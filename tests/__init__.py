"""The tests import libraries as the bot does. Otherwise rich would draw each traceback that is logged."""

from operations.lean import import_leanly

import_leanly()
