from __future__ import annotations

import json
import re
import sys
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from grader.bundled import bundled
from grader.model.grade import Grade
from grader.report.charts import NARROW_PX, WIDE_PX, Drawing, NoDrawing, draw, filled
from grader.report.figures.curve import curve_figure
from grader.report.figures.figure import Chart
from grader.report.view import build_view
from grader.testing import a_curve

HARMLESS = {"g", "path", "rect", "line", "text", "tspan"}
STYLE = (bundled("reports/templates") / "report.css").read_text(encoding="utf-8")


def a_chart() -> Chart:
    chart = curve_figure(a_curve(), 1).chart
    assert chart is not None
    return chart


def elements(drawing: Drawing) -> list[ET.Element]:
    return list(ET.fromstring(f"<svg>{drawing.content}</svg>").iter())[1:]


def drawn_by(monkeypatch: pytest.MonkeyPatch, svg: str) -> Drawing:
    """What becomes of this SVG when the drawing library returns it."""
    monkeypatch.setitem(sys.modules, "vl_convert", SimpleNamespace(vegalite_to_svg=lambda *_, **__: svg))
    (drawings,) = draw([a_chart()])
    return drawings.narrow


@pytest.mark.parametrize("path", sorted(bundled("reports/charts").glob("*.vl.json")), ids=lambda path: path.name)
def test_a_specification_names_its_data_and_takes_none_from_elsewhere(path: Any) -> None:
    spec = json.loads(path.read_text(encoding="utf-8"))

    assert spec["$schema"].startswith("https://vega.github.io/schema/vega-lite/v5")
    assert spec["description"]
    assert spec["autosize"] == "none", "the layout must not depend on the fonts of this machine"
    assert '"url"' not in path.read_text(encoding="utf-8")


def test_a_wide_chart_is_drawn_twice_and_a_small_one_once() -> None:
    wide, small = draw([a_chart(), Chart(**{**vars(a_chart()), "wide": False})])

    assert (wide.narrow.width, wide.wide and wide.wide.width) == (NARROW_PX, WIDE_PX)
    assert (small.narrow.width, small.wide) == (NARROW_PX, None)


def test_a_drawing_holds_shapes_and_text_in_colours_of_the_style_sheet(sample: Grade) -> None:
    charts = [figure.chart for figure in build_view(sample).figures if figure.chart]

    for drawings in draw(charts):
        for drawing in filter(None, (drawings.narrow, drawings.wide)):
            assert {element.tag for element in elements(drawing)} <= HARMLESS
            colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', drawing.content)) - {"none"}
            assert colours
            assert all(f"{colour[4:-1]}:" in STYLE for colour in colours), colours


def test_every_value_given_to_a_chart_is_a_parameter_it_has() -> None:
    chart = a_chart()

    spec = filled(chart, WIDE_PX)

    assert {param["name"]: param["value"] for param in spec["params"]} == dict(chart.params)
    assert set(spec["datasets"]) == {"points", "band", "serial", "own"}


def test_text_in_a_chart_stays_text() -> None:
    hostile = "</text></svg><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\"'"
    chart = a_chart()
    rows = [{"chunksize": 64, "speedup": 1, "text": hostile, "align": "left"}]

    (drawings,) = draw([Chart(chart.name, {**chart.data, "own": rows}, chart.params)])

    assert hostile in [element.text for element in elements(drawings.narrow)]
    assert {element.tag for element in elements(drawings.narrow)} <= HARMLESS
    assert "<script" not in drawings.narrow.content
    assert "<img" not in drawings.narrow.content


def test_what_could_run_or_refer_to_something_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = drawn_by(
        monkeypatch,
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">'
        '<script>alert(1)</script><style>@import "x"</style><image xlink:href="http://example.test/"/>'
        '<a xlink:href="javascript:alert(1)"><text>linked</text></a><foreignObject><p/></foreignObject>'
        '<g onclick="alert(1)" style="fill:url(#x)"><text class="c" fill="var(--ink)">kept</text><text>too</text></g>'
        "</svg>",
    )

    assert drawing.content == '<g><text fill="var(--ink)">kept</text><text>too</text></g>'


@pytest.mark.parametrize("svg", ["", "<svg", "no"])
def test_a_drawing_that_cannot_be_read_is_no_drawing(monkeypatch: pytest.MonkeyPatch, svg: str) -> None:
    with pytest.raises(NoDrawing, match="cannot be read"):
        drawn_by(monkeypatch, svg)


def test_a_failure_of_the_drawing_library_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> str:
        raise ValueError("a long message about the specification")

    monkeypatch.setitem(sys.modules, "vl_convert", SimpleNamespace(vegalite_to_svg=fail))

    with pytest.raises(NoDrawing, match=r"failed \(ValueError\)\.$"):
        draw([a_chart()])
