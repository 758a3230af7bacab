"""Evidence as bytes: what comes back is what was kept, and whatever is not evidence is told in one sentence."""

from __future__ import annotations

import gzip
import hashlib
import json
import tracemalloc
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from grader.bundled import bundled
from grader.catalog import Catalog
from grader.checks import CHECKS
from grader.errors import BrokenEvidence, ExerciseChanged
from grader.evidence_store import (
    EVIDENCE_SCHEMA,
    MOST_BYTES,
    digest,
    load_evidence,
    parse_evidence,
    restore,
)
from grader.judging import judge
from grader.model.answers import Answer, Said
from grader.model.exercise import Exercise, GeneratorRequest, Inputs, LimitSpec, MeasureSpec
from grader.model.facts import Place, SourceFacts, SyntaxFault
from grader.model.measurement import Measurement, Outcome, Sample, Who
from grader.model.run import Ended, Observation, ProcessRecord
from grader.model.submission import Fault, SourceLine, SubmissionKind
from grader.model.wire import Wire, WireMap
from grader.report import schema
from tests.unit.checks.builders import a_map, a_submission, chunks, consumed, hello, imported, pool
from tests.unit.sittings import (
    QUESTIONS,
    RUNS,
    SEED,
    a_sitting,
    again,
    an_observation,
    bytes_of,
    plays,
    the_exercise,
)

# -- what comes back ------------------------------------------------------------------------------

small = st.integers(0, 300)
seconds = st.floats(0, 1e4, allow_nan=False, allow_infinity=False)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**200), 10**200)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
messages = st.sampled_from(
    [hello(), pool(), imported(), consumed(), *chunks(), a_map(), a_map(2, 10, 10, explicit=False), a_map(3, 4, 1)]
).map(lambda message: message.model_dump_json().encode())
claims = st.lists(messages | st.binary(max_size=30).filter(lambda line: b"\n" not in line), max_size=12).map(tuple)
processes = st.lists(st.builds(ProcessRecord, small, small, seconds, seconds, seconds, words), max_size=5).map(tuple)
answers = st.lists(
    st.builds(Answer, st.just(0), st.just(Said.VALUE), plain, st.just(""), seconds)
    | st.builds(Answer, st.just(1), st.sampled_from([Said.ERROR, Said.MALFORMED, Said.NOT_ASKED]), st.none(), words),
    max_size=3,
).map(tuple)
wire_maps = st.lists(st.tuples(small, small), max_size=6).flatmap(
    lambda pairs: st.builds(
        WireMap,
        st.sampled_from(["map", "submit"]),
        st.sampled_from(["count_words", ""]),
        st.just(tuple(items for items, _ in pairs)),
        st.just(tuple(pid for _, pid in pairs)),
        st.none() | small,
        small,
    )
)
wires = st.builds(
    Wire, st.lists(wire_maps, max_size=3).map(tuple), small, small, small, st.booleans(), st.booleans(), words
)
observations = st.builds(
    Observation,
    ended=st.sampled_from(list(Ended)),
    exit_code=st.none() | st.integers(0, 3),
    signal=st.none() | st.integers(1, 31),
    wall_s=seconds,
    cpu_s=seconds,
    peak_bytes=small,
    main_pid=small,
    processes=processes,
    survivors=small,
    stdout=st.sampled_from([b"a == 2507\n", b"a == 1\nb: 4\n"]) | st.binary(max_size=60),
    stderr=st.binary(max_size=60),
    claims=claims,
    claims_cut=st.booleans(),
    answers=answers,
    wire=st.none() | wires,
)
samples = st.builds(
    Sample, st.sampled_from(list(Who)), small, small, small, seconds, observations, st.sampled_from(list(Outcome))
)
measurements = st.builds(
    Measurement, st.lists(samples, max_size=3).map(tuple), words, st.lists(words, max_size=2).map(tuple), st.booleans()
)
facts = st.just(SourceFacts()) | st.builds(
    SourceFacts,
    syntax_fault=st.none() | st.builds(SyntaxFault, message=words, place=st.just(Place(line=3, column=1))),
    functions=st.lists(words, max_size=3).map(tuple),
    main_guard=st.none() | st.just(Place(line=9)),
)
submissions = st.builds(
    a_submission,
    words,
    kind=st.sampled_from(list(SubmissionKind)),
    files=st.dictionaries(words, st.binary(max_size=40), max_size=2),
    siblings=st.lists(words, max_size=2).map(tuple),
    origin=st.lists(st.builds(SourceLine, small, small), max_size=2).map(tuple),
    notes=st.lists(words, max_size=2).map(tuple),
    exercise_hint=st.none() | words,
    fault=st.none() | st.builds(Fault, words, words, words, words),
)


@settings(max_examples=60, phases=[Phase.generate])  # to make such a case smaller would take minutes
@given(st.lists(observations, max_size=2), submissions, facts, measurements, st.booleans())
def test_whatever_was_seen_is_judged_the_same_once_it_was_kept(
    seen: list[Observation], submission: Any, known: SourceFacts, measurement: Measurement, exact: bool
) -> None:
    bare = a_sitting(*seen)
    evidence = replace(
        bare.evidence, submission=submission, facts=known, measurement=measurement, process_table_exact=exact
    )
    sitting = replace(bare, evidence=evidence)

    kept = again(sitting)

    assert kept == sitting
    assert judge(kept, CHECKS) == judge(sitting, CHECKS)


def test_any_bytes_come_back() -> None:
    every = bytes(range(256))

    kept = again(a_sitting(an_observation(stdout=every, stderr=every[::-1], claims=(every, b""))))

    seen = kept.evidence.runs["given"].observation
    assert (seen.stdout, seen.stderr, seen.claims) == (every, every[::-1], (every, b""))


def test_the_inputs_are_not_kept_but_made_again() -> None:
    sitting = a_sitting(an_observation())

    kept = again(sitting)

    assert kept.evidence.runs["given"].inputs == plays(GeneratorRequest(SEED))
    assert b"two dictionaries" not in body_of(bytes_of(sitting))


def test_it_fits_the_schema_that_is_published() -> None:
    published = Path(__file__).parents[2] / "reports" / "schema" / schema.EVIDENCE
    body = json.loads(body_of(bytes_of(a_sitting(an_observation(claims=(b"{}",)), an_observation()))))

    jsonschema.validate(body, json.loads(published.read_text(encoding="utf-8")))


def test_the_same_grade_gives_the_same_bytes() -> None:
    sitting = a_sitting(an_observation(), an_observation())

    assert bytes_of(sitting) == bytes_of(sitting)


def test_the_grade_that_was_made_is_kept_with_it() -> None:
    sitting = a_sitting(an_observation())

    assert parse_evidence(bytes_of(sitting)).grade == judge(sitting, CHECKS)


@pytest.mark.parametrize("name", ["word_count", "async_map"])
def test_the_generators_of_the_course_make_the_same_inputs_from_the_same_seed(name: str) -> None:
    catalog = Catalog(bundled("exercises"), CHECKS)
    first, second = catalog.load(name), catalog.load(name)
    request = GeneratorRequest(seed=20_260_131, quick=True)

    for run in first.spec.runs:
        made = first.inputs_of(run, request)
        assert second.inputs_of(run, request) == made
        assert digest(second.inputs_of(run, request)) == digest(made)


# -- an exercise that has changed ------------------------------------------------------------------


def changed(exercise: Exercise, **changes: Any) -> Exercise:
    return replace(exercise, spec=exercise.spec.model_copy(update=changes))


def test_points_parameters_and_texts_may_change() -> None:
    spec = the_exercise().spec
    checks = tuple(
        check.model_copy(update={"points": check.points * 2, "title": "Other words", "params": dict(check.params)})
        for check in spec.checks
    )
    kept = parse_evidence(bytes_of(a_sitting(an_observation(), an_observation())))

    now = restore(kept, changed(the_exercise(), checks=checks, version=2, title="Anew", summary="Other words."))

    grade = judge(now, CHECKS)
    assert (grade.exercise_version, grade.max_score) == (2, 2 * spec.max_points)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"runs": RUNS[:1]}, "other runs"),
        ({"runs": (RUNS[0].model_copy(update={"args": ("--all",)}), RUNS[1])}, "other runs"),
        ({"limits": LimitSpec(wall_s=3)}, "other limits"),
        ({"workers": 8}, "another number of workers"),
        ({"measure": MeasureSpec(run="given")}, "something else to measure"),
    ],
)
def test_what_changes_the_runs_makes_the_evidence_useless(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    (tmp_path / "serial.py").write_text("print(list(map(len, [])))\n")
    kept = parse_evidence(bytes_of(a_sitting(an_observation())))

    with pytest.raises(ExerciseChanged, match=words) as told:
        restore(kept, replace(changed(the_exercise(), **changes), folder=tmp_path))

    assert "grade batch --force" in told.value.hint


def test_another_program_to_measure_beside_makes_it_useless(tmp_path: Path) -> None:
    (tmp_path / "serial.py").write_text("print(list(map(len, [])))\n")
    exercise = replace(changed(the_exercise(), measure=MeasureSpec(run="given")), folder=tmp_path)
    sitting = a_sitting(an_observation())
    sitting = replace(sitting, evidence=replace(sitting.evidence, exercise=exercise))
    kept = parse_evidence(bytes_of(sitting))
    assert restore(kept, exercise) == sitting

    (tmp_path / "serial.py").write_text("print(list(map(str, [])))\n")

    with pytest.raises(ExerciseChanged, match="another serial"):
        restore(kept, exercise)


@pytest.mark.parametrize(
    "other",
    [
        lambda inputs: replace(inputs, files={**inputs.files, "shakespeare/c.txt": b""}),
        lambda inputs: replace(inputs, files=dict(reversed(inputs.files.items()))),
        lambda inputs: replace(inputs, counts={**inputs.counts, "a": 1}),
        lambda inputs: replace(inputs, questions=inputs.questions[:1]),
        lambda inputs: replace(inputs, questions=(replace(QUESTIONS[0], expected={"a": 4}), QUESTIONS[1])),
    ],
)
def test_other_inputs_from_the_same_seed_make_it_useless(other: Any) -> None:
    kept = parse_evidence(bytes_of(a_sitting(an_observation())))
    exercise = replace(the_exercise(), generators={"plays": lambda request: other(plays(request))})

    with pytest.raises(ExerciseChanged, match="inputs of the run 'given' now come out otherwise"):
        restore(kept, exercise)


def test_what_a_question_is_said_to_be_about_may_change() -> None:
    def reworded(request: GeneratorRequest) -> Inputs:
        inputs = plays(request)
        return replace(inputs, questions=tuple(replace(one, about="in other words") for one in inputs.questions))

    kept = parse_evidence(bytes_of(a_sitting(an_observation())))

    now = restore(kept, replace(the_exercise(), generators={"plays": reworded}))

    assert now.evidence.runs["given"].inputs.questions[0].about == "in other words"


# -- what is no evidence ---------------------------------------------------------------------------


def packed(body: bytes, **changes: Any) -> bytes:
    """A file with this body and a header that fits it but for the changes."""
    header = {"schema": EVIDENCE_SCHEMA, "sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)} | changes
    return gzip.compress(json.dumps(header).encode() + b"\n" + body + b"\n", mtime=0)


def some() -> bytes:
    return bytes_of(a_sitting(an_observation(), an_observation()))


def body_of(data: bytes) -> bytes:
    return gzip.decompress(data).split(b"\n", 1)[1][:-1]


def told_of(data: bytes) -> str:
    """What is said against these bytes; nothing where they are evidence."""
    try:
        parse_evidence(data)
    except BrokenEvidence as broken:
        return broken.message
    return ""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (b'{\n  "schema": "pargrade/report/v1",', "it is a receipt"),
        (b"{}", "not packed by gzip"),
        (b"\x80\x04K\x01.", "not packed by gzip"),
        (gzip.compress(b"", mtime=0), "first line is not JSON"),
        (gzip.compress(b"[]\n{}\n", mtime=0), "no evidence of pargrade"),
        (gzip.compress(b"[" * 4000 + b"\n", mtime=0), "first line is not JSON"),
        (packed(b"{}"), "grade: field required"),
        (packed(b"nonsense"), "invalid JSON"),
        (packed(b"[" * 100_000), "invalid JSON"),
        (packed(b"{}", schema="pargrade/evidence/v2"), "written by a newer version"),
        (packed(b"{}", schema="pargrade/report/v1"), "schema"),
        (packed(b"{}", schema=None), "schema"),
        (packed(b"{}", sha256="0" * 64), "is damaged"),
        (packed(b"{}", bytes=1), "is damaged"),
        (packed(b"{}", bytes=3), "is cut off|is damaged"),
        (packed(b"{}", bytes=MOST_BYTES + 1), "bytes: input should be less than"),
        (packed(b"{}", bytes=-1), "bytes: input should be greater"),
        (packed(b"{}") + b"more", "is damaged"),
        (packed(b"{}", more=1), "more: extra inputs"),
    ],
)
def test_what_is_no_evidence_is_told_in_one_sentence(data: bytes, words: str) -> None:
    with pytest.raises(BrokenEvidence, match=words) as told:
        parse_evidence(data, "it.gz")

    assert told.value.message.startswith("it.gz ")
    assert "\n" not in told.value.message


@settings(max_examples=60)
@given(st.data())
def test_a_file_that_is_cut_off_anywhere_is_told(data: st.DataObject) -> None:
    whole = some()
    length = data.draw(st.integers(1, len(whole) - 1))

    with pytest.raises(BrokenEvidence):
        parse_evidence(whole[:length])


@settings(max_examples=60)
@given(st.data())
def test_a_file_with_a_changed_byte_is_told_or_reads_the_same(data: st.DataObject) -> None:
    whole = some()
    place = data.draw(st.integers(0, len(whole) - 1))
    mutated = bytearray(whole)
    mutated[place] ^= data.draw(st.integers(1, 255))

    told = told_of(bytes(mutated))

    assert "\n" not in told
    assert told or parse_evidence(bytes(mutated)) == parse_evidence(whole)  # not every byte of a gzip means something


@settings(max_examples=50)
@given(st.data())
def test_a_body_that_was_changed_with_its_digest_is_refused_or_closed(data: st.DataObject) -> None:
    body = json.loads(body_of(some()))
    path = data.draw(st.sampled_from(["grade", "plan", "submission", "facts", "runs", "measurement", "quick"]))
    body[path] = data.draw(plain)

    assert "\n" not in told_of(packed(json.dumps(body).encode()))


@pytest.mark.parametrize("where", [(), ("submission",), ("runs", 0), ("runs", 0, "observation"), ("measurement",)])
def test_an_unknown_key_is_refused_everywhere(where: tuple[str | int, ...]) -> None:
    body = json.loads(body_of(some()))
    inner = body
    for key in where:
        inner = inner[key]
    inner["unheard"] = 1

    with pytest.raises(BrokenEvidence, match="unheard"):
        parse_evidence(packed(json.dumps(body).encode()))


def test_a_bomb_is_not_unpacked() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    header = json.dumps({"schema": EVIDENCE_SCHEMA, "sha256": "0" * 64, "bytes": 100}).encode() + b"\n"
    bomb = packer.compress(header) + b"".join(packer.compress(bytes(1 << 20)) for _ in range(40)) + packer.flush()

    tracemalloc.start()
    try:
        with pytest.raises(BrokenEvidence, match="is damaged"):
            parse_evidence(bomb)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 1 << 20


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BrokenEvidence, match="There is no evidence"):
        load_evidence(tmp_path / "nothing.gz")


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BrokenEvidence, match="cannot be read: Is a directory"):
        load_evidence(tmp_path)
