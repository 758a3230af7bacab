"""What only a browser can tell of the page of a class: layout, contrast, sorting, and reading without a script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.test_report_in_browser import LOW_CONTRAST, OPEN_ALL, OVERFLOW

PAGE = (Path(__file__).parents[2] / "reports" / "samples" / "class" / "class.html").as_uri()
POINTS = "[...document.querySelectorAll('.everyone tbody tr')].map(row => Number(row.cells[1].dataset.sort))"


@pytest.mark.parametrize("width", [1200, 360])
def test_the_page_fits_the_window_and_asks_for_nothing(browser: Any, width: int) -> None:
    requests: list[str] = []
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 800}, offline=True)
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(PAGE)
    page.evaluate(OPEN_ALL)
    overflow = page.evaluate(OVERFLOW)
    page.close()

    assert overflow <= 0
    assert complaints == []
    assert requests == [PAGE]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 360)])
def test_axe_and_the_contrast_of_text_find_nothing(browser: Any, axe: Any, scheme: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True)
    page.goto(PAGE)
    page.evaluate(OPEN_ALL)

    found = axe.run(page)
    low = page.evaluate(LOW_CONTRAST)
    report = found.generate_report()
    page.close()

    assert found.violations_count == 0, report
    assert low == []


def test_the_table_is_sorted_both_ways_by_keyboard(browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    page.goto(PAGE)
    button = page.get_by_role("button", name="Points")

    button.press("Enter")
    up = page.evaluate(POINTS)
    button.press("Enter")
    down = page.evaluate(POINTS)
    state = page.locator("th[aria-sort]").get_attribute("aria-sort")
    page.close()

    assert up == sorted(up)
    assert down == sorted(down, reverse=True)
    assert state == "descending"


def test_without_scripts_everything_is_there_to_read(browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(PAGE)

    rows = page.locator(".everyone tbody tr").count()
    buttons = page.locator("button").count()
    charts = page.locator("svg.chart:visible").count()
    context.close()

    assert (rows, buttons, charts) == (24, 0, 3)


def test_print_is_black_on_white_also_in_the_dark_theme(browser: Any) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(PAGE)

    page.emulate_media(media="print")
    colours = page.evaluate("[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]")
    page.close()

    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
