"""Charts as SVG: Vega-Lite specifications of ``reports/charts``, filled with data and drawn without a browser.

The colours in a specification are custom properties of the style sheet (``var(--bar)``), so that one drawing serves
light, dark and print. What the drawing library returns is read again and only what is known to be harmless is kept:
shapes and text, nothing that could refer to anything or run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from grader.bundled import bundled
from grader.report.figures.figure import Chart

WIDE_PX, NARROW_PX = 688, 328
"""Widths of a drawing: that of the page's column, and that of a telephone or half a column."""
VEGA_LITE = "5.21"

_TAGS = {"svg", "g", "path", "rect", "line", "text", "tspan"}
_ATTRIBUTES = {
    *("d", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "transform", "viewBox", "text-anchor"),
    *("fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-miterlimit"),
    *("opacity", "font-size", "font-weight"),
}
_NEEDLESS = {("opacity", "1"), ("fill-opacity", "1"), ("stroke-dasharray", "1,0"), ("font-size", "12px")}
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")


@dataclass(frozen=True)
class Drawing:
    """SVG elements without an outer ``svg``, on an area of ``width`` by ``height`` pixels."""

    width: int
    height: int
    content: str


@dataclass(frozen=True)
class Drawings:
    """A chart drawn for the width of a page and for a narrow one. ``wide`` is absent where one serves both."""

    narrow: Drawing
    wide: Drawing | None


class NoDrawing(Exception):
    """Charts cannot be drawn here; the message says why, as a sentence of the report."""


def draw(charts: Sequence[Chart]) -> list[Drawings]:
    """Draw charts, all in one go: the drawing library takes most of a second to begin.

    Raises:
        NoDrawing: The drawing library is missing or failed.
    """
    return [
        Drawings(narrow=_drawn(chart, NARROW_PX), wide=_drawn(chart, WIDE_PX) if chart.wide else None)
        for chart in charts
    ]


def _drawn(chart: Chart, width: int) -> Drawing:
    return _cleaned(_as_svg(filled(chart, width)))


def filled(chart: Chart, width: int) -> dict[str, Any]:
    """The chart's specification with its data, for a drawing of this width in pixels."""
    folder = bundled("reports/charts")
    spec: dict[str, Any] = json.loads((folder / f"{chart.name}.vl.json").read_text(encoding="utf-8"))
    spec["config"] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    spec["width"] = width - spec["padding"]["left"] - spec["padding"]["right"]
    spec["height"] = chart.height or spec["height"]
    spec["datasets"] = {name: list(rows) for name, rows in chart.data.items()}
    for param in spec.get("params", ()):
        param["value"] = chart.params[param["name"]]
    return spec


def _as_svg(spec: dict[str, Any]) -> str:
    try:
        import vl_convert
    except ImportError:
        raise NoDrawing("There is no picture because the package vl-convert-python is not installed.") from None
    try:
        return str(vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE, allowed_base_urls=[]))
    except Exception as error:
        raise NoDrawing(f"There is no picture because drawing it failed ({type(error).__name__}).") from error


def _cleaned(svg: str) -> Drawing:
    try:
        root = ET.fromstring(svg)  # noqa: S314  written by the drawing library from our specification
    except ET.ParseError as error:
        raise NoDrawing("There is no picture because what was drawn cannot be read.") from error
    kept = [_kept(child) for child in root if _name(child) != "rect"]  # the rect is the white ground
    content = "".join(ET.tostring(child, encoding="unicode") for child in kept if child is not None)
    return Drawing(round(float(root.attrib["width"])), round(float(root.attrib["height"])), content)


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _kept(element: ET.Element) -> ET.Element | None:
    """The element with what is known to be harmless, or None for what shows nothing."""
    if _name(element) not in _TAGS or element.get("display") == "none" or element.get("d") in ("", "M0,0h0v0h0Z"):
        return None
    attributes = {
        name: _LONG_NUMBER.sub(lambda match: f"{float(match[0]):.2f}".rstrip("0").rstrip("."), value)
        for name, value in element.attrib.items()
        if name in _ATTRIBUTES and (name, value) not in _NEEDLESS
    }
    kept = ET.Element(_name(element), attributes)
    kept.text = element.text
    kept.extend(child for child in map(_kept, element) if child is not None)
    is_empty_group = kept.tag == "g" and not len(kept)
    is_unseen = kept.tag == "path" and not {"fill", "stroke"} & kept.attrib.keys()
    if is_empty_group or is_unseen or kept.get("opacity") == "0":
        return None
    return kept[0] if kept.tag == "g" and len(kept) == 1 and not kept.attrib else kept
