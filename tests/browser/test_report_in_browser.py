"""What only a browser can tell of the HTML report: layout, errors, requests, contrast."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parents[2] / "reports" / "samples"
NAMES = sorted(path.stem for path in SAMPLES.glob("*.html"))

OPEN_ALL = "document.querySelectorAll('details').forEach(details => details.open = true)"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

# The contrast of every piece of text with what lies behind it, as WCAG 2 defines it; 4.5 is its level AA.
# SVG text is left out where it lies on a bar: what is behind it is no ancestor.
LOW_CONTRAST = """() => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = numbers(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!text || element.closest('[class^=on-], title, desc')) continue;
    const style = getComputedStyle(element);
    const fore = element.closest('svg') ? style.fill : style.color;
    const [a, b] = [light(numbers(fore)), light(behind(element))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) low.push(text.slice(0, 40));
  }
  return low;
}"""


@pytest.mark.parametrize("width", [1200, 360])
@pytest.mark.parametrize("name", NAMES)
def test_the_report_fits_the_window_and_asks_for_nothing(browser: Any, name: str, width: int) -> None:
    requests: list[str] = []
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 800}, offline=True)
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    address = (SAMPLES / f"{name}.html").as_uri()

    page.goto(address)
    page.evaluate(OPEN_ALL)
    overflow = page.evaluate(OVERFLOW)
    page.close()

    assert overflow <= 0
    assert complaints == []
    assert requests == [address]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_text_has_enough_contrast_in_both_themes(browser: Any, name: str, scheme: str) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 800}, color_scheme=scheme)
    page.goto((SAMPLES / f"{name}.html").as_uri())
    page.evaluate(OPEN_ALL)

    low = page.evaluate(LOW_CONTRAST)
    page.close()

    assert low == []


def test_print_is_black_on_white_also_in_the_dark_theme(browser: Any) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto((SAMPLES / "several_failures.html").as_uri())

    page.emulate_media(media="print")
    colours = page.evaluate("[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]")
    page.close()

    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]


def test_checks_can_be_reached_from_the_table(browser: Any) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 700})
    page.goto((SAMPLES / "several_failures.html").as_uri())

    page.click("a[href='#check-chunksize']")
    top = page.evaluate("document.querySelector('#check-chunksize').getBoundingClientRect().top")
    page.close()

    assert -1 <= top < 700
