"""Makes the pictures in ``docs/images`` from the sample reports: ``python docs/screenshots.py``. Needs Chromium.

``NAME=PAGE``, such as ``report=graded.html``, takes a picture from the page of a real grading, which is best made while
the machine is quiet.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = "/usr/bin/chromium"
MARGIN_PX = 24
PICTURES = (
    # name, sample, colours, width of the window, first and last element shown
    ("report", "several_failures", "light", 800, "#curve-1", "#timeline"),
    ("class", "class/class", "light", 960, "header", "#verdicts"),
    ("report-dark", "one_chunk", "dark", 800, "header", ".next"),
)


def main(pages: dict[str, str]) -> None:
    """Write all pictures, those in ``pages`` from other pages than the samples."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for name, sample, scheme, width, first, last in PICTURES:
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            shown = pages.get(name, ROOT / "reports" / "samples" / f"{sample}.html")
            page.goto(Path(shown).resolve().as_uri())
            top, bottom = page.locator(first).bounding_box(), page.locator(last).bounding_box()
            if top is None or bottom is None:
                raise SystemExit(f"{first} or {last} is not in {shown}")
            start = max(0, top["y"] - MARGIN_PX)
            height = bottom["y"] + bottom["height"] + MARGIN_PX - start
            clip = {"x": 0, "y": start, "width": width, "height": height}
            page.screenshot(path=ROOT / "docs" / "images" / f"{name}.png", full_page=True, clip=clip)
            page.close()
        browser.close()


if __name__ == "__main__":
    main(dict(argument.split("=", 1) for argument in sys.argv[1:]))
