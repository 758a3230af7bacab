"""The page on layouts shows each one as the error message does."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.batch.intake.layouts import LAYOUTS
from grader.batch.intake.layouts.base import Layout

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "batch-layouts.md"


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.title)
def test_each_layout_is_in_the_table(layout: Layout) -> None:
    assert f"`{layout.shape}`" in PAGE.read_text()
