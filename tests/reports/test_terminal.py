from __future__ import annotations

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from grader.model.grade import Grade, TimingReport
from grader.model.result import Location, Verdict
from grader.model.speed import SpeedReport
from grader.report.terminal import print_terminal, render_terminal
from grader.testing import a_check, a_curve, a_grade, a_map, a_run, a_speed_report, chunks_of

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@pytest.mark.parametrize("width", [24, 40, 60, 79, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(sample: Grade, width: int) -> None:
    text = render_terminal(sample, width=width)

    assert max(cell_len(line) for line in text.splitlines()) <= width


def test_without_colour_there_is_no_control_code(sample: Grade) -> None:
    text = render_terminal(sample, width=80)

    assert not CONTROL.search(text)


def test_with_colour_only_our_own_colour_codes_are_there(sample: Grade) -> None:
    text = render_terminal(sample, width=80, colour=True)

    assert "\x1b[" in text
    assert not CONTROL.search(re.sub(r"\x1b\[[0-9;]*m", "", text))


def test_colour_adds_nothing_that_the_words_do_not_say(sample: Grade) -> None:
    uncoloured = re.sub(r"\x1b\[[0-9;]*m", "", render_terminal(sample, width=80, colour=True))

    plain = render_terminal(sample, width=80)
    assert [line.rstrip() for line in uncoloured.splitlines()] == plain.splitlines()


def console(**options: object) -> Console:
    return Console(file=io.StringIO(), width=80, **options)  # type: ignore[arg-type]


def test_a_terminal_gets_colour() -> None:
    terminal = console(force_terminal=True, color_system="standard", _environ={})

    print_terminal(a_grade(), terminal)

    assert "\x1b[" in terminal.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "plain",
    [
        {"force_terminal": True, "color_system": "standard", "_environ": {"NO_COLOR": "1"}},
        {"force_terminal": False, "_environ": {}},
    ],
    ids=["NO_COLOR", "piped"],
)
def test_no_color_and_pipes_get_plain_text(plain: dict[str, object]) -> None:
    terminal = console(**plain)

    print_terminal(a_grade(), terminal)

    assert terminal.file.getvalue() == render_terminal(a_grade(), width=80)  # type: ignore[attr-defined]


def test_a_terminal_without_unicode_gets_plainer_signs() -> None:
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")

    print_terminal(a_grade(), Console(file=file, width=80, _environ={}))
    file.flush()

    assert b"+ passed" in file.buffer.getvalue()  # type: ignore[attr-defined]


def test_the_caret_stands_below_its_column_also_after_wide_and_hidden_characters() -> None:
    location = Location(file="a.py", line=7, column=9, excerpt="\tx='漢\u200b' + pool.map")
    check = a_check("pool-map", Verdict.FAILED, location=location)

    lines = render_terminal(a_grade([check]), width=80).splitlines()

    source = next(line for line in lines if "漢" in line)
    caret = next(line for line in lines if line.endswith("^"))
    assert cell_len(source[: source.index("+")]) == cell_len(caret) - 1


def test_a_notebook_place_names_cell_and_line() -> None:
    location = Location(file="my_script.py", line=2, cell=3, excerpt="x")

    text = render_terminal(a_grade([a_check(verdict=Verdict.FAILED, location=location)]), width=80)

    assert "cell 3, line 2" in text


def test_checks_that_wait_for_the_same_check_are_told_in_one_line() -> None:
    checks = [a_check(name, Verdict.SKIPPED, headline="Judged once `runs` passes.") for name in ("a", "b")]

    text = render_terminal(a_grade(checks), width=80)

    assert "– skipped: a, b. Judged once `runs` passes." in text


def test_each_worker_is_shown_with_its_items_in_order() -> None:
    maps = tuple(
        a_map(chunks_of(10, 5, (71, 72), start_s=start_s), function=function)
        for function, start_s in (("add", 0.1), ("product", 0.5))
    )

    text = render_terminal(a_grade(runs=[a_run(maps)]), width=80)

    assert "worker 1 (pid 71)  add 1-5  product 1-5\nworker 2 (pid 72)  add 6-10  product 6-10" in text


def lanes_of(text: str) -> list[str]:
    return [line.split(")  ")[1] for line in text.splitlines() if line.startswith("worker")]


def test_a_worker_with_nothing_left_to_do_has_a_blank_end() -> None:
    call = a_map(chunks_of(3, 2, (71, 72)), submitted_s=0.1)

    busy, idle = lanes_of(render_terminal(a_grade(runs=[a_run((call,))]), width=80))

    assert re.match("░*█+  1 chunk", busy)
    assert re.match("░*█+ {4,}1 chunk", idle)


def test_waiting_between_chunks_is_shown_as_dots_and_starting_in_its_own_shade() -> None:
    first, second = chunks_of(2, 1, (71,), start_s=0.2)
    later = second.model_copy(update={"start_s": 0.5, "end_s": 0.6})

    (lane,) = lanes_of(render_terminal(a_grade(runs=[a_run((a_map((first, later)),))]), width=80))

    assert re.match("░+█+·+▓+  2 chunks", lane)


def test_the_curve_is_a_bar_for_each_chunk_size_with_the_programs_own_marked() -> None:
    curve = a_curve(own=1)

    text = render_terminal(a_grade(timing=TimingReport(speed=SpeedReport(curves=(curve,)))), width=80)

    bars = [line for line in text.splitlines() if "█" in line]
    assert len(bars) == len(curve.points)
    assert bars[0].endswith("yours")
    assert [line for line in bars if line.endswith("near the best")]
    assert "slower than the serial one" in text


@pytest.mark.parametrize("width", [24, 40, 80, 120])
def test_no_figure_is_wider_than_the_terminal(width: int) -> None:
    grade = a_grade(runs=[a_run((a_map(),))], timing=TimingReport(speed=a_speed_report(1)))

    text = render_terminal(grade, width=width)

    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in text
