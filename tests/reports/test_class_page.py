"""The page of a class: what it says of whom, that it runs nothing else, and that an anonymous one names nobody."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from grader.batch.class_page import diagnoses, member_of, pseudonyms
from grader.model.grade import ModelledSpeed, TimingReport
from grader.model.mark import SETTLED, Mark, MarkAdjustment
from grader.model.result import Location, Verdict
from grader.report.class_figures import Reached, chunk_figure, score_figure
from grader.report.class_html import render_class
from grader.report.class_view import Alike, ClassResults, Member, Passage, build_class_view
from grader.testing import a_check, a_grade, a_map, a_run, chunks_of
from tests.reports.a_class import a_class

SAMPLE = Path(__file__).parents[2] / "reports" / "samples" / "class" / "class.html"
SMALL = a_class(24)


def a_mark(student: str, score: str | None = "7", **changes: object) -> Mark:
    fields: dict[str, object] = {
        "student": student,
        "exercise": "word_count",
        "outcome": "graded",
        "score": None if score is None else Decimal(score),
        "max_score": Decimal(10),
        "report": f"students/{student}/report.html",
    }
    return Mark(**fields | changes)  # type: ignore[arg-type]


def page_of(*members: Member, **changes: object) -> str:
    fields: dict[str, object] = {"exercise": "word_count", "title": "Count", "members": members}
    return render_class(build_class_view(ClassResults(**fields | changes)))  # type: ignore[arg-type]


def test_the_sample_shows_what_is_rendered(golden: Callable[[Path, str], str]) -> None:
    page = render_class(build_class_view(SMALL))

    assert golden(SAMPLE, page) == page
    assert len(page) < 200_000


def test_the_page_of_two_hundred_is_no_burden() -> None:
    assert len(render_class(build_class_view(a_class(200)))) < 500_000


def test_only_the_one_script_whose_digest_is_told_may_run() -> None:
    page = render_class(build_class_view(SMALL))
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)

    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src &#39;sha256-{digest}&#39;" in policy or f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"(src|href)=\"(https?:)?//", page)
    assert not re.search(r"\son\w+=", page)


def test_text_of_students_is_escaped_and_visible() -> None:
    evil = "<script>alert(1)</script>\u202e"
    check = a_check("counts", Verdict.FAILED, headline=evil, hint=evil, cause=evil)
    members = [
        Member(a_mark(f"{evil}{n}", name=evil, reason=evil, outcome="needs_review"), checks=(check,)) for n in (1, 2)
    ]
    keys = tuple(member.mark.student for member in members)
    alike = Alike(*keys, 0.9, (Passage(evil, evil),))

    page = page_of(*members, same_program=(keys,), alike=(alike,), diagnoses=diagnoses(members), notes=(evil,))

    assert page.count("<script>") == 1
    assert "\u202e" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_an_anonymous_page_names_nobody_and_nothing_that_would_tell() -> None:
    secret = "Zyx-Tell"
    check = a_check(
        "counts", Verdict.FAILED, headline=f"{secret}.py is wrong", hint=secret, cause="wrong-counts", detail=secret,
        location=Location(file=f"{secret}.py", line=1, excerpt=secret),
    )  # fmt: skip
    told = {"name": secret, "identifiers": {"email": f"{secret}@x"}, "reason": secret, "folder": secret}
    outcomes = ("graded", "needs_review", "not_graded", "errored", "missing")
    members = [
        Member(a_mark(f"{secret}{n}", outcome=outcome, **told), file=f"{secret}.py", checks=(check,))
        for n, outcome in enumerate(outcomes)
    ]
    keys = [member.mark.student for member in members]
    alike = (Alike(keys[0], keys[1], 1.0, (Passage(secret, secret),)),)
    results = ClassResults("e", "E", tuple(members), diagnoses(members), (tuple(keys),), alike)

    page = render_class(build_class_view(results, pseudonyms(keys, b"secret")))

    assert secret.lower() not in page.lower()
    assert 'href="students' not in page
    assert page.count("wrong counts".capitalize()) == 1


def test_no_order_on_an_anonymous_page_is_that_of_the_names() -> None:
    def page(keys: Sequence[str]) -> str:
        a, b, c, d = keys
        alike = tuple(sorted((Alike(*sorted(pair), 0.9) for pair in ((a, d), (b, c))), key=lambda one: one.first))
        groups = tuple(sorted([tuple(sorted((a, c))), tuple(sorted((b, d)))]))
        members = tuple(Member(a_mark(key)) for key in sorted(keys))
        called = dict(zip(keys, ("student 1", "student 2", "student 3", "student 4"), strict=True))
        return render_class(build_class_view(ClassResults("e", "E", members, (), groups, alike), called))

    assert page(["ann", "bob", "cy", "dan"]) == page(["dan", "cy", "bob", "ann"]) == page(["bob", "dan", "ann", "cy"])


def test_pseudonyms_stay_when_others_join_and_cannot_be_made_without_the_secret() -> None:
    few, many = [f"s{n}" for n in range(20)], [f"s{n}" for n in range(500)]

    names = pseudonyms(few, b"one")

    assert {student: pseudonyms(many, b"one")[student] for student in few} == names
    assert not set(pseudonyms(few, b"two").values()) & set(names.values())
    assert len(set(pseudonyms(many, b"one").values())) == 500
    assert sorted(names.values()) != [names[student] for student in few], "the order tells nothing"


def test_students_of_one_name_are_called_by_their_keys_too() -> None:
    members = tuple(Member(a_mark(key, name=name)) for key, name in (("a", "Ada"), ("b", "Ada"), ("c", "Cy")))

    view = build_class_view(ClassResults("e", "E", members))

    assert [row.person.name for row in view.rows] == ["Ada (a)", "Ada (b)", "Cy"]


def test_links_lead_from_the_page_to_the_reports() -> None:
    results = ClassResults("e", "E", (Member(a_mark("ann ö")),))

    assert 'href="../out/students/ann%20%C3%B6/report.html"' in render_class(build_class_view(results, base="../out/"))


def test_who_needs_a_person_is_listed_with_the_reason() -> None:
    odd = Member(a_mark("b", None, outcome="needs_review", reason="Odd `map`."))

    view = build_class_view(ClassResults("e", "E", (Member(a_mark("a")), odd)))

    assert [(each.person.key, each.reasons) for each in view.waiting] == [("b", ("Odd `map`.",))]
    assert view.rows[1].score == ""
    assert "--settle" in view.to_settle
    assert build_class_view(ClassResults("e", "E", (Member(a_mark("a")),))).to_settle == ""
    assert build_class_view(ClassResults("e", "E", (odd,)), {"b": "student x"}).to_settle == ""


def test_what_a_person_did_is_told_apart() -> None:
    def adjusted(check_id: str, points: str | None) -> MarkAdjustment:
        at = datetime(2026, 3, 2, tzinfo=UTC)
        given = None if points is None else Decimal(points)
        return MarkAdjustment(check_id=check_id, was=None, points=given, why="x", who="ta", at=at)

    def changed(*adjustments: MarkAdjustment) -> str:
        return build_class_view(ClassResults("e", "E", (Member(a_mark("a", adjustments=adjustments)),))).rows[0].changed

    assert changed(adjusted("counts", None)) == "comment"
    assert changed(adjusted(SETTLED, None), adjusted("counts", "1"), adjusted("output", "1")) == "settled, by hand"


def test_late_ones_are_counted() -> None:
    members = (Member(a_mark("a", late_days=2)), Member(a_mark("b")))

    assert build_class_view(ClassResults("e", "E", members)).counts == (("graded", "2"), ("of them late", "1"))


def test_those_with_one_diagnosis_are_a_group_and_a_single_one_is_none() -> None:
    def failed(key: str, cause: str) -> Member:
        return Member(a_mark(key), checks=(a_check("counts", Verdict.FAILED, cause=cause, headline="Wrong."),))

    members = (failed("a", "x-y"), failed("b", "x-y"), failed("c", "z"))

    view = build_class_view(ClassResults("e", "E", members, diagnoses(members)))

    assert [(group.title, [who.key for who in group.people]) for group in view.diagnoses] == [("X y", ["a", "b"])]


def test_an_empty_class_has_a_page() -> None:
    page = page_of()

    assert "Nobody has a mark yet." in page


def test_scores_are_counted_in_steps_that_hold_their_lower_end() -> None:
    figure = score_figure([Decimal(text) for text in ("0", "0.99", "1", "9.99", "10", "11", "-1")], Decimal(10))

    counts = {label: students for label, students, _ in figure.table.rows}
    assert counts["0–1"] == "3"
    assert counts["1–2"] == "1"
    assert counts["9–10"] == "1"
    assert counts["10"] == "2"


def test_chunk_sizes_tell_their_students_and_no_names() -> None:
    figure = chunk_figure([Reached(2, 3.4), Reached(2, 3.6), Reached(38, 1.0)])

    assert figure.table.rows[0] == ("2", "2", "3.5 ×", "3.4 ×", "3.6 ×")
    assert figure.chart is not None
    assert set(figure.chart.data["dots"][0]) == {"chunksize", "speedup", "students"}


def test_speed_and_chunk_size_come_from_the_receipt() -> None:
    run = a_run((a_map(chunks_of(3, 1, (1, 2))), a_map(chunks_of(38, 4, (1, 2)))))
    grade = a_grade(runs=(run,), timing=TimingReport(modelled=ModelledSpeed(own=3.4, reference=3.5, workers=4)))

    member = member_of(a_mark("a"), grade)

    assert member.chunksize == 4
    assert member.speedup == 3.4


def test_a_check_that_only_some_have_leaves_the_others_empty() -> None:
    few = Member(a_mark("b"), checks=(a_check("runs", Verdict.FAILED),))
    all_of_them = Member(a_mark("a"), checks=(a_check("runs"), a_check("counts")))

    view = build_class_view(ClassResults("e", "E", (few, all_of_them)))

    assert view.checks == ("runs", "counts")
    assert [cell is None for cell in view.rows[1].cells] == [False, True]
