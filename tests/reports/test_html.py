from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from grader.model.grade import Grade, TimingReport
from grader.model.result import Verdict
from grader.report.html import render_html
from grader.report.view import build_view
from grader.testing import a_check, a_grade, a_map, a_run, a_speed_report, chunks_of

FORBIDDEN_TAGS = {"script", "link", "iframe", "object", "embed", "form", "img", "base"}


class Page(HTMLParser):
    """Collects tags, attributes and headings of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    @property
    def headings(self) -> list[int]:
        return [int(tag[1]) for tag in self.tags if re.fullmatch("h[1-6]", tag)]

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


def test_the_page_loads_nothing_and_runs_nothing(sample_html: str) -> None:
    page = Page(sample_html)

    assert not FORBIDDEN_TAGS & set(page.tags)
    assert all(value.startswith("#") for value in page.values("href"))
    assert page.values("src") == []
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]


def test_the_style_refers_to_nothing_outside(sample_html: str) -> None:
    style = re.search("<style>(.*?)</style>", sample_html, re.DOTALL)

    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]


# attacks: 86
def test_the_policy_allows_only_inline_style(sample_html: str) -> None:
    page = Page(sample_html)

    policy = next(value for value in page.values("content") if "default-src" in value)
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")


# attacks: 86, 87
def test_hostile_text_stays_text() -> None:
    hostile = "</pre></title><script>alert(1)</script>\" onload='x' \x1b\u202e\ud800"
    check = a_check(verdict=Verdict.FAILED, headline=hostile, detail=f"  {hostile}", hint=f"`{hostile}`")
    run = a_run((a_map(function=hostile),), name=hostile, stdout=hostile, stderr=hostile)

    html = render_html(a_grade([check], [run], exercise_title=hostile))

    assert "<script" not in html
    assert not re.search("[\x1b\u202e\ud800]", html)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert r"␛\u202e\ud800" in html


def test_headings_skip_no_level(sample_html: str) -> None:
    headings = Page(sample_html).headings

    assert headings[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))


def test_every_table_head_has_its_scope_and_ids_are_unique(sample_html: str) -> None:
    page = Page(sample_html)

    assert page.tags.count("th") == len(page.values("scope"))
    assert len(page.values("id")) == len(set(page.values("id")))


def test_every_chart_has_its_alternative_and_its_table(sample: Grade, sample_html: str) -> None:
    page = Page(sample_html)

    charts = [figure for figure in build_view(sample).figures if figure.chart]
    images = page.values("aria-label")
    for figure in charts:
        assert figure.title
        assert images.count(figure.alternative) == (2 if figure.chart and figure.chart.wide else 1)
    assert page.tags.count("figure") >= len(charts)
    assert page.values("role").count("img") == page.tags.count("title") - 1
    assert all(len(figure.table.rows) > 0 for figure in charts)


def test_without_the_drawing_library_the_tables_stand_open_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)

    html = render_html(a_grade(timing=TimingReport(speed=a_speed_report())))

    assert "There is no picture because the package vl-convert-python is not installed." in html
    assert "<details open>" in html
    assert "aria-roledescription" not in html
    assert 'role="img"' not in html


def test_a_page_without_pictures_does_not_load_the_drawing_library() -> None:
    program = (
        "import sys; from grader.report.html import render_html; from grader.testing import a_grade;"
        "render_html(a_grade()); print('vl_convert' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"


def test_a_page_with_everything_stays_below_400_kb(sample_html: str) -> None:
    assert len(sample_html.encode()) < 400_000


def test_failed_checks_are_open_and_linked_from_the_table() -> None:
    html = render_html(a_grade([a_check("counts", Verdict.FAILED), a_check("output")]))

    assert '<details open class="problem failed" id="check-counts">' in html
    assert '<a href="#check-counts">' in html


@pytest.mark.parametrize("verdict", Verdict)
def test_a_verdict_is_said_in_a_word_and_not_by_colour_alone(verdict: Verdict) -> None:
    words = {"inconclusive": "cannot tell", "errored": "our error"}

    html = render_html(a_grade([a_check(verdict=verdict)]))

    assert f'<span class="word">{words.get(verdict, verdict.value)}</span>' in html


def test_a_run_of_very_many_chunks_stays_a_small_file() -> None:
    call = a_map(chunks_of(2_000, 1, tuple(range(100, 108)), item_s=0.001))
    output = "a long line of output " * 50 + "\n"

    html = render_html(a_grade(runs=[a_run((call,), stdout=output * 1000)] * 4))

    assert len(html) < 150_000
