"""Varied inputs: what must not change the result, and how a difference is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest

from grader.model.speed import VariedRun
from grader.timing.varied import Tried, judged, variations

FILES = {f"texts/{number:02}.txt": f"a b{number} a\n".encode() * number for number in range(1, 12)}


def counts(files: Mapping[str, bytes]) -> Counter[str]:
    return Counter(b"".join(files.values()).decode().split())


def tried_with(**odd: Mapping[str, int] | str) -> dict[str, VariedRun]:
    """All variations done right, but for those named: other totals, or how they ended."""
    tried = []
    for variation in variations(FILES, seed=3):
        given = odd.get(variation.name.replace(" ", "_"), counts(variation.files))
        if isinstance(given, str):
            tried.append(Tried(variation, given, {}, "It crashed."))  # type: ignore[arg-type]
        else:
            tried.append(Tried(variation, "well", given))
    return {run.name: run for run in judged(tried, counts(FILES))}


@pytest.mark.parametrize("variation", variations(FILES, seed=3), ids=lambda one: one.name)
def test_every_variation_keeps_all_totals_in_the_ratio_it_says(variation) -> None:
    assert counts(variation.files) == {word: count * variation.factor for word, count in counts(FILES).items()}


def test_the_variations_are_what_they_are_called() -> None:
    files = {variation.name: variation.files for variation in variations(FILES, seed=3)}

    largest, second, *_ = sorted(map(len, files["one huge file"].values()), reverse=True)
    assert list(files["other order"]) == list(FILES)
    assert list(files["other order"].values()) != list(FILES.values())
    assert list(files["empty files"].values()).count(b"") == 5
    assert largest > 1.5 * second


def test_a_program_that_is_always_right_is_right_everywhere() -> None:
    assert {run.outcome for run in tried_with().values()} == {"right"}


def test_a_difference_between_runs_on_the_same_files_is_a_race_and_no_wrong_count() -> None:
    lost = counts(FILES) - Counter(a=3)

    runs = tried_with(again_1=lost, doubled=lost)

    assert {name: run.outcome for name, run in runs.items() if run.outcome != "right"} == {
        "as it is": "differs",
        "again 1": "differs",
        "doubled": "differs",
    }
    assert runs["again 1"].detail == (
        "A race: two runs on the same files gave different totals (`a` 132 in one run, 129 in another). "
        "Something depends on who comes first."
    )


def test_a_result_that_depends_on_the_order_is_wrong() -> None:
    run = tried_with(other_order=counts(FILES) - Counter(b3=1))["other order"]

    assert (run.outcome, run.detail) == ("wrong", "`b3` 3 expected, 2 printed.")


def test_totals_that_do_not_double_with_the_text_are_wrong() -> None:
    run = tried_with(doubled=counts(FILES))["doubled"]

    assert run.outcome == "wrong"
    assert run.detail.startswith("`a` 264 expected, 132 printed; ")
    assert run.detail.endswith("; and 9 more.")


def test_a_run_that_failed_says_why() -> None:
    run = tried_with(empty_files="failed")["empty files"]

    assert (run.outcome, run.detail) == ("failed", "It crashed.")


def test_where_the_first_run_failed_the_others_are_compared_with_the_right_totals() -> None:
    runs = tried_with(as_it_is="stopped")

    assert runs.pop("as it is").outcome == "stopped"
    assert {run.outcome for run in runs.values()} == {"right"}


def test_no_output_at_all_is_wrong_and_not_equal_to_nothing() -> None:
    nothing = {name.replace(" ", "_"): Counter[str]() for name in tried_with()}

    runs = tried_with(**nothing)

    assert {run.outcome for run in runs.values()} == {"wrong"}
