from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from grader.model.grade import Grade
from grader.model.result import Location, Verdict
from grader.report.markdown import code, escape, fenced, render_markdown
from grader.testing import a_check, a_grade

OURS = {
    "h1",
    "h2",
    "p",
    "strong",
    "em",
    "code",
    "pre",
    "ul",
    "li",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![picture](x.png)",
    "# heading",
    "=====",
    "| a | b |",
    "- item",
    "+ item",
    "1. item",
    "12) item",
    "> quote",
    "```\n</code>",
    "~~~",
    "*bold* __bold__ ~~gone~~",
    "&lt;script&gt;",
    "[x]: y",
    "<!-- gone",
    "\\",
    "`open",
    "``a`` `b`",
    "$x$",
)


def html_of(markdown: str) -> str:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown)


def tags(html: str) -> set[str]:
    return set(re.findall(r"<([a-z][a-z0-9]*)", html))


def shown(html: str) -> str:
    """The text that a reader sees."""
    text = re.sub(r"<[^>]*>", "", html)
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(entity, sign)
    return text.strip()


@pytest.mark.parametrize("text", [text for text in HOSTILE if "\n" not in text and "`" not in text])
def test_text_is_shown_letter_by_letter_in_one_paragraph(text: str) -> None:
    html = html_of(escape(text))

    assert tags(html) == {"p"}
    assert shown(html) == text


# attacks: 89
@pytest.mark.parametrize("text", ["https://example.test/x", "www.example.test", "example.test"])
def test_addresses_do_not_become_links_by_themselves(text: str) -> None:
    escaped = escape(text)

    assert not re.search(r"https?://|www\.|e\.test", escaped)
    assert shown(html_of(escaped)) == text


@pytest.mark.parametrize("text", ["3.33 of 10", "1.5 and 2.5", "pool of 4 (four)"])
def test_plain_numbers_and_words_stay_readable_in_the_source(text: str) -> None:
    assert escape(text) == text


def test_what_stands_in_backticks_is_code() -> None:
    html = html_of(escape("Give `pool.map` a `chunk_size`."))

    assert html == "<p>Give <code>pool.map</code> a <code>chunk_size</code>.</p>\n"


@pytest.mark.parametrize("text", ["a", "`", "``a", "a`b``c", "</code><script>"])
def test_a_code_span_cannot_be_closed_from_inside(text: str) -> None:
    html = html_of(code(text))

    assert tags(html) == {"p", "code"}
    assert shown(html) == text


# attacks: 136
@pytest.mark.parametrize("text", ["```\n# out", "~~~", "````\n<b>\n`````"])
def test_a_fence_cannot_be_closed_from_inside(text: str) -> None:
    html = html_of(fenced(text))

    assert tags(html) == {"pre", "code"}
    assert shown(html) == text


def test_a_bar_in_code_does_not_split_a_table_row() -> None:
    html = html_of(render_markdown(a_grade([a_check(title="Use `a|b` | not c")])))

    assert ">Use <code>a|b</code> | not c</td>" in html


# attacks: 86, 89
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_makes_no_markup_anywhere_in_a_report(text: str) -> None:
    location = Location(file=text, line=1, column=1, excerpt=text)
    check = a_check(
        verdict=Verdict.FAILED,
        headline=text,
        detail=f"{text}\n\n  {text}",
        hint=text,
        location=location,
        topic=text,
    )

    html = html_of(render_markdown(a_grade([check], exercise_title=text, review_reasons=(text,))))

    assert tags(html) <= OURS
    assert len(re.findall("<h1>", html)) == 1
    assert len(re.findall("<table>", html)) == 1


def test_every_sample_is_plain_markup(sample: Grade) -> None:
    html = html_of(render_markdown(sample))

    assert tags(html) <= OURS
