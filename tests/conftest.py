"""Settings for all tests."""

from __future__ import annotations

from hypothesis import settings

# No deadline: machines are busy. No database: the checkout may be read-only.
settings.register_profile("pargrade", database=None, deadline=None)
settings.load_profile("pargrade")
