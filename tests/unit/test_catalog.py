"""The catalog finds, validates and recognises exercises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader.bundled import bundled
from grader.catalog import Catalog, load_exercise
from grader.checks import CHECKS
from grader.checks.base import NoParams
from grader.errors import AmbiguousExercise, ExerciseError, UnknownName
from grader.model.base import Frozen
from grader.model.exercise import GeneratorRequest
from grader.model.submission import Submission, SubmissionKind
from grader.registry import Registry


class Threshold(Frozen):
    threshold: int


@dataclass(frozen=True)
class FakeKind:
    params_model: type[Frozen]


KINDS = Registry("check", "pargrade.test-checks", {"runs": FakeKind(NoParams), "counts": FakeKind(Threshold)})

SPEC = """\
schema = "pargrade/exercise/v1"
id = "{id}"
version = 1
title = "A title"
summary = "A summary."
script_name = "script.py"
names = {names}
workers = 4

[[runs]]
name = "given"
mode = "script"
inputs = "small"

[[checks]]
id = "runs"
kind = "runs"
title = "It runs"
topic = "Running"
points = 0

[[checks]]
id = "counts"
kind = "counts"
title = "It counts"
topic = "Counting"
points = 2.5
requires = ["runs"]
params = {{ threshold = 2000 }}
"""

INPUTS = """\
from random import randint
from grader.model.exercise import Inputs

def small(request):
    return Inputs(counts={"seed": request.seed})

def _private(request):
    return Inputs()
"""

Writer = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    """Writes an exercise folder; ``swap`` replaces text in its exercise.toml."""

    def write(exercise_id: str = "tally", names: str = '["count"]', swap: tuple[str, str] = ("", "")) -> Path:
        folder = tmp_path / exercise_id
        folder.mkdir()
        spec = SPEC.format(id=exercise_id, names=names)
        assert swap[0] in spec
        (folder / "exercise.toml").write_text(spec.replace(*swap) if swap[0] else spec, encoding="utf-8")
        (folder / "inputs.py").write_text(INPUTS, encoding="utf-8")
        for name in ("task.md", "starter.py", "serial.py"):
            (folder / name).write_text("", encoding="utf-8")
        return folder

    return write


def problem_of(folder: Path) -> str:
    with pytest.raises(ExerciseError) as caught:
        load_exercise(folder, KINDS)
    return f"{caught.value.message} {caught.value.hint}"


def submission(*functions: str, hint: str | None = None) -> Submission:
    source = "".join(f"def {name}(x):\n    return x\n\n\n" for name in functions)
    return Submission("mine.py", SubmissionKind.SCRIPT, "00", source.encode(), source, exercise_hint=hint)


# --- finding and loading ---------------------------------------------------------------------------


def test_exercises_are_listed_by_name(write: Writer, tmp_path: Path) -> None:
    write("tally")
    write("alpha")
    (tmp_path / "notes").mkdir()

    assert Catalog(tmp_path, KINDS).ids() == ["alpha", "tally"]


def test_an_exercise_is_loaded_with_its_spec_and_generators(write: Writer, tmp_path: Path) -> None:
    write("tally")

    exercise = Catalog(tmp_path, KINDS).load("tally")

    assert (exercise.id, exercise.folder) == ("tally", tmp_path / "tally")
    assert float(exercise.spec.max_points) == 2.5
    assert exercise.generators["small"](GeneratorRequest(seed=7)).counts == {"seed": 7}


def test_only_public_functions_written_in_the_file_are_generators(write: Writer) -> None:
    folder = write()

    assert set(load_exercise(folder, KINDS).generators) == {"small"}


def test_loading_leaves_the_folder_as_it_was(write: Writer) -> None:
    folder = write()
    before = sorted(folder.rglob("*"))

    load_exercise(folder, KINDS)

    assert sorted(folder.rglob("*")) == before


def test_the_serial_program_is_not_executed(write: Writer) -> None:
    folder = write()
    (folder / "serial.py").write_text("raise SystemExit('executed')\n", encoding="utf-8")

    assert load_exercise(folder, KINDS).id == "tally"


def test_dataclasses_with_postponed_annotations_work_in_inputs(write: Writer) -> None:
    folder = write()
    (folder / "inputs.py").write_text(
        "from __future__ import annotations\nimport dataclasses\n"
        "@dataclasses.dataclass\nclass _Play:\n    name: str\n" + INPUTS,
        encoding="utf-8",
    )

    assert set(load_exercise(folder, KINDS).generators) == {"small"}


def test_an_unknown_name_lists_near_ones(write: Writer, tmp_path: Path) -> None:
    write("tally")

    with pytest.raises(UnknownName, match=r"no exercise 'taly'.*Closest: tally\."):
        Catalog(tmp_path, KINDS).load("taly")


def test_a_name_cannot_lead_out_of_the_folder(write: Writer, tmp_path: Path) -> None:
    write("tally")
    (tmp_path / "inner").mkdir()

    with pytest.raises(UnknownName):
        Catalog(tmp_path / "inner", KINDS).load("../tally")


def test_a_missing_folder_of_exercises_says_how_to_name_another(tmp_path: Path) -> None:
    with pytest.raises(ExerciseError) as caught:
        Catalog(tmp_path / "nowhere", KINDS).ids()

    assert "does not exist" in caught.value.message
    assert "--exercises" in caught.value.hint


# --- recognising ---------------------------------------------------------------------------------------


def test_the_exercise_named_by_the_submission_wins(write: Writer, tmp_path: Path) -> None:
    write("tally", '["count"]')
    write("adder", '["add"]')

    assert Catalog(tmp_path, KINDS).identify(submission("add", hint="tally")).id == "tally"


def test_a_misspelled_comment_names_the_file_and_near_exercises(write: Writer, tmp_path: Path) -> None:
    write("tally")

    with pytest.raises(UnknownName, match=r"mine\.py says .* 'tallly'.*Closest: tally"):
        Catalog(tmp_path, KINDS).identify(submission(hint="tallly"))


def test_the_exercise_that_shares_most_names_is_taken(write: Writer, tmp_path: Path) -> None:
    write("tally", '["count", "reduce"]')
    write("adder", '["add", "reduce"]')

    assert Catalog(tmp_path, KINDS).identify(submission("reduce", "count", "main")).id == "tally"


def test_methods_count_as_functions(write: Writer, tmp_path: Path) -> None:
    write("tally", '["count"]')
    source = "class Words:\n    async def count(self):\n        pass\n"
    counted = Submission("mine.py", SubmissionKind.SCRIPT, "00", source.encode(), source)

    assert Catalog(tmp_path, KINDS).identify(counted).id == "tally"


def test_two_exercises_that_fit_equally_are_both_named(write: Writer, tmp_path: Path) -> None:
    write("tally", '["count", "reduce"]')
    write("adder", '["add", "reduce"]')
    write("other", '["other"]')

    with pytest.raises(AmbiguousExercise, match="adder and tally equally well") as caught:
        Catalog(tmp_path, KINDS).identify(submission("reduce"))
    assert "--exercise" in caught.value.hint
    assert "adder, tally." in caught.value.hint


def test_a_submission_that_fits_none_is_told_all_exercises(write: Writer, tmp_path: Path) -> None:
    write("tally")
    write("adder", '["add"]')

    with pytest.raises(AmbiguousExercise, match=r"mine\.py") as caught:
        Catalog(tmp_path, KINDS).identify(submission("main"))
    assert "adder, tally." in caught.value.hint


# --- broken folders ------------------------------------------------------------------------------------


MEASURED = ("[[runs]]", '[measure]\nrun = "given"\n\n[[runs]]')


@pytest.mark.parametrize(
    "serial",
    [
        "print(sum(map(len, [])))\n",
        "import operator\nprint(*map(operator.neg, [1]))\n",
        "x = {}\nx['map'] = map(f, y)\n",
    ],
)
def test_a_measured_exercise_whose_serial_program_maps_is_loaded(write: Writer, serial: str) -> None:
    folder = write(swap=MEASURED)
    (folder / "serial.py").write_text(serial)

    measure = load_exercise(folder, KINDS).spec.measure

    assert measure is not None
    assert measure.run == "given"


@pytest.mark.parametrize(
    "serial",
    [
        "print(sum(len(item) for item in []))\n",
        "def map(f, items):\n    return []\nprint(map(len, []))\n",
        "map = list\nprint(map([]))\n",
        "from itertools import *\nprint(map(len, []))\n",
        "from more import pmap as map\nprint(map(len, []))\n",
        "def main(map):\n    print(map(len, []))\n",
        "pool.map(len, [])\n",
        "this is no Python\n",
        "print(map(len, []))\0",
    ],
)
def test_a_measured_exercise_whose_serial_program_does_not_map_is_refused(write: Writer, serial: str) -> None:
    folder = write(swap=MEASURED)
    (folder / "serial.py").write_text(serial)

    with pytest.raises(ExerciseError, match="must do its main work by calling the built-in map"):
        load_exercise(folder, KINDS)


def test_the_measured_run_has_to_be_one_of_the_runs(write: Writer) -> None:
    folder = write(swap=("[[runs]]", '[measure]\nrun = "givn"\n\n[[runs]]'))
    (folder / "serial.py").write_text("print(*map(len, []))\n")

    with pytest.raises(ExerciseError, match="measure: run must name a run as a script with inputs; it is 'givn'"):
        load_exercise(folder, KINDS)


@pytest.mark.parametrize("name", ["exercise.toml", "task.md", "starter.py", "serial.py", "inputs.py"])
def test_a_missing_file_is_named(write: Writer, name: str) -> None:
    folder = write()
    (folder / name).unlink()

    assert f"has no {name}" in problem_of(folder)


def test_a_syntax_error_in_the_toml_gives_its_line(write: Writer) -> None:
    folder = write(swap=("version = 1", "version = "))

    assert "line 3" in problem_of(folder)


def test_toml_in_another_encoding_is_said(write: Writer) -> None:
    folder = write()
    (folder / "exercise.toml").write_bytes(b'title = "caf\xe9"')

    assert "not UTF-8" in problem_of(folder)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ("pargrade/exercise/v9", "newer than this grader"),
        ("pargrade/exercise/v0", "older than"),
        ("something/else", "no exercise schema"),
    ],
)
def test_another_schema_version_is_said(write: Writer, found: str, told: str) -> None:
    folder = write(swap=("pargrade/exercise/v1", found))

    assert told in problem_of(folder)


def test_a_missing_schema_is_said(write: Writer) -> None:
    folder = write(swap=('schema = "pargrade/exercise/v1"\n', ""))

    assert 'must start with: schema = "pargrade/exercise/v1"' in problem_of(folder)


@pytest.mark.parametrize(
    ("swap", "told"),
    [
        (("workers = 4", "wokers = 4"), "wokers is no key of this table. Closest: workers"),
        (("workers = 4", "wokers = 4"), "workers is missing."),
        (("workers = 4", "workers = 0"), "workers must be greater than or equal to 1; it is 0."),
        (
            ("points = 2.5", "pionts = 2.5"),
            'checks "counts": pionts is no key of this table. Closest: points',
        ),
        (("points = 2.5", "points = nan"), 'checks "counts": points must be a finite number; it is nan.'),
        (("points = 2.5", "points = 0"), "checks must give more than 0 points in all."),
        (('mode = "script"', 'mode = "skript"'), "mode must be 'script' or 'import'; it is 'skript'."),
        (('inputs = "small"', "limits = {wall = 1}"), 'runs "given": limits: wall is no key'),
        (('inputs = "small"', 'inputs = "smal"'), "it is 'smal'. Closest: small."),
        (('kind = "counts"', 'kind = "coutns"'), 'checks "counts": kind is wrong. There is no check named'),
        (
            ("threshold = 2000", "treshold = 2000"),
            "params: treshold is no key of this table. Closest: threshold",
        ),
        (("threshold = 2000", 'threshold = "many"'), '"counts": params: threshold must be a valid integer'),
        (('id = "counts"', 'id = "runs"'), 'checks "runs" is there 2 times'),
        (
            ('requires = ["runs"]', 'requires = ["run"]'),
            "requires must name other checks; 'run' is none. Closest: runs",
        ),
        (('requires = ["runs"]', 'requires = ["counts"]'), "circle; here 'counts' requires 'counts'."),
        (('id = "tally"', 'id = "talli"'), "id must be the name of the folder, 'tally'; it is 'talli'."),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(write: Writer, swap: tuple[str, str], told: str) -> None:
    folder = write(swap=swap)

    problem = problem_of(folder)

    assert str(folder / "exercise.toml") in problem
    assert told in problem


def test_a_circle_of_two_checks_is_drawn(write: Writer) -> None:
    folder = write(swap=("points = 0\n", 'points = 0\nrequires = ["counts"]\n'))

    problem = problem_of(folder)

    assert "'runs' requires 'counts'" in problem
    assert "'counts' requires 'runs'" in problem


def test_a_run_named_twice_is_said(write: Writer) -> None:
    again = '[[runs]]\nname = "given"\nmode = "import"\n\n[[checks]]\nid = "runs"'
    folder = write(swap=('[[checks]]\nid = "runs"', again))

    assert 'runs "given" is there 2 times' in problem_of(folder)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('[speed]\nvaried = "smal"', "speed: varied must name a function of inputs.py; it is 'smal'. Closest: small."),
        ('[[speed.curves]]\ninputs = "smal"\ntitle = "texts"', 'curves "texts": inputs must name a function'),
        ('[[speed.curves]]\nimputs = "small"\ntitle = "texts"', "imputs is no key of this table. Closest: inputs"),
    ],
)
def test_what_does_not_fit_in_the_table_of_speed_is_told(write: Writer, table: str, told: str) -> None:
    folder = write(swap=('[[checks]]\nid = "runs"', f'{table}\n\n[[checks]]\nid = "runs"'))

    assert told in problem_of(folder)


def test_all_problems_are_told_at_once(write: Writer) -> None:
    folder = write(swap=('kind = "counts"', 'kind = "words"\nidd = 1'))
    text = (folder / "exercise.toml").read_text(encoding="utf-8")
    (folder / "exercise.toml").write_text(text.replace("workers = 4\n", ""), encoding="utf-8")

    problem = problem_of(folder)

    assert "has 2 problems" in problem
    assert "workers is missing." in problem
    assert "idd is no key of this table." in problem


@pytest.mark.parametrize("code", ["def small(:\n", "1 / 0\n", "raise SystemExit(3)\n"])
def test_inputs_that_cannot_be_loaded_are_the_authors_fault(write: Writer, code: str) -> None:
    folder = write()
    (folder / "inputs.py").write_text(code, encoding="utf-8")

    problem = problem_of(folder)

    assert f"{folder / 'inputs.py'} cannot be loaded" in problem


def test_unrelated_toml_values_do_not_break_the_message(write: Writer, any_value: Any) -> None:
    folder = write()
    spec = (folder / "exercise.toml").read_text(encoding="utf-8")
    head = spec.split("[[runs]]")[0]
    (folder / "exercise.toml").write_text(f"{head}runs = {any_value}\nchecks = {any_value}\n")

    assert "runs" in problem_of(folder)


@pytest.fixture(params=["1", '"x"', "[]", "[1]", '["x"]', "{}", "{x = 1}", "[[1]]", "1979-05-27"])
def any_value(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_a_program_that_does_not_parse_is_recognised_by_its_definitions() -> None:
    source = "def count_words(file)\n    return {}\n\ndef reduce_dicts(a, b):\n    return a\n"
    broken = Submission("a.py", SubmissionKind.SCRIPT, "0" * 64, source.encode(), source)

    exercise = Catalog(bundled("exercises"), CHECKS).identify(broken)

    assert exercise.id == "word_count"
