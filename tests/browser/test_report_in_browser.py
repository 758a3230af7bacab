"""What only a browser can tell of the HTML report: layout, errors, requests, contrast."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.report.json import load
from grader.report.view import build_view

SAMPLES = Path(__file__).parents[2] / "reports" / "samples"
NAMES = sorted(path.stem for path in SAMPLES.glob("*.html"))

OPEN_ALL = "document.querySelectorAll('details').forEach(details => details.open = true)"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

# The contrast of every piece of text with what lies behind it, as WCAG 2 defines it; 4.5 is its level AA.
# Where SVG text lies on a bar, what is behind it is no ancestor: there the bar's colours are taken.
LOW_CONTRAST = """() => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const style = getComputedStyle(document.documentElement);
  const named = name => {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = style.getPropertyValue(name);
    const colour = numbers(getComputedStyle(probe).color);
    probe.remove();
    return colour;
  };
  const ratio = (one, other) => {
    const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = numbers(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const low = ['--bar', '--bar-next'].filter(bar => ratio(named('--on-bar'), named(bar)) < 4.5);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!text || element.closest('[fill="var(--on-bar)"], title, desc')) continue;
    const shown = getComputedStyle(element);
    const fore = element.closest('svg') ? shown.fill : shown.color;
    if (ratio(numbers(fore), behind(element)) < 4.5) low.push(text.slice(0, 40));
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


@pytest.mark.parametrize(
    ("name", "scheme", "width"),
    [(name, *(("dark", 360) if number % 2 else ("light", 1200))) for number, name in enumerate(NAMES)],
)
def test_axe_finds_nothing_to_complain_about(browser: Any, axe: Any, name: str, scheme: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True)
    page.goto((SAMPLES / f"{name}.html").as_uri())
    page.evaluate(OPEN_ALL)

    found = axe.run(page)
    report = found.generate_report()
    page.close()

    assert found.violations_count == 0, report


@pytest.mark.parametrize("width", [1200, 360])
@pytest.mark.parametrize("name", NAMES)
def test_every_chart_is_shown_once_with_its_alternative(browser: Any, name: str, width: int) -> None:
    expected = [figure.alternative for figure in build_view(load(SAMPLES / f"{name}.json")).figures if figure.chart]
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto((SAMPLES / f"{name}.html").as_uri())

    found = [image.get_attribute("aria-label") for image in page.get_by_role("img").all()]
    page.close()

    assert found == expected


def test_text_of_charts_stays_legible_on_a_telephone(browser: Any) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto((SAMPLES / "full_marks.html").as_uri())

    heights = page.evaluate(
        "[...document.querySelectorAll('svg.chart text')].map(t => t.getBoundingClientRect().height).filter(Boolean)"
    )
    page.close()

    assert heights
    assert min(heights) >= 11


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
