"""What shell completion offers."""

from __future__ import annotations

from click.shell_completion import BashComplete

from grader.cli.commands import build


def _offered(*words: str) -> list[str]:
    completion = BashComplete(build(), {}, "grade", "_GRADE_COMPLETE")
    return [item.value for item in completion.get_completions(list(words[:-1]), words[-1])]


def _kinds(*words: str) -> list[str]:
    completion = BashComplete(build(), {}, "grade", "_GRADE_COMPLETE")
    return [item.type for item in completion.get_completions(list(words[:-1]), words[-1])]


def test_the_first_word_is_a_command_or_a_file() -> None:
    assert "exercises" in _offered("ex")
    assert "explain" in _offered("ex")
    assert "file" in _kinds("ex")


def test_the_hidden_command_is_not_offered() -> None:
    assert "FILE" not in _offered("F")[:-1]


def test_options_for_a_file_are_offered_before_and_after_it() -> None:
    assert "--exercise" in _offered("--ex")
    assert "--exercise" in _offered("my_script.py", "--ex")


def test_exercises_are_offered_where_one_is_asked_for() -> None:
    assert _offered("my_script.py", "--exercise", "w") == ["word_count"]
    assert _offered("show", "") == ["async_map", "word_count"]
    assert _offered("start", "a") == ["async_map"]


def test_checks_are_offered_of_the_exercise_that_is_named() -> None:
    assert "counts" in _offered("explain", "c")
    assert "counts" not in _offered("explain", "--exercise", "async_map", "c")
