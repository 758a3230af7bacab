"""Each layout tells from names alone whose a file is. No file is opened here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.batch.intake.layouts.base import Asked
from grader.batch.intake.recognising import Hand, Recognised, recognise

ASKED = Asked("my_script.py", "exercise_1")


def recognised(
    names: Sequence[str], texts: Mapping[str, str | bytes] | None = None, asked: Asked = ASKED
) -> Recognised:
    contents = {name: text.encode() if isinstance(text, str) else text for name, text in (texts or {}).items()}
    return recognise([*names, *contents], contents.get, asked)


def hands(
    names: Sequence[str], texts: Mapping[str, str | bytes] | None = None, asked: Asked = ASKED
) -> dict[str, Hand]:
    return {hand.student.student: hand for hand in recognised(names, texts, asked).hands}


def files(hand: Hand) -> list[str]:
    return [piece.name for piece in hand.attempts[0].pieces]


def test_moodle_has_a_folder_for_each_participant() -> None:
    found = recognised(
        [
            "class/Ada Lovelace_1_assignsubmission_file/src/my_script.py",
            "class/Ada Lovelace_1_assignsubmission_onlinetext/onlinetext.html",
            "class/ONeil Müller_2_assignsubmission_file_/my_script.py",
        ]
    )

    assert found.layouts == ("Moodle",)
    ada, oneil = found.hands
    assert (ada.student.name, ada.student.identifiers) == ("Ada Lovelace", {"moodle_participant": "1"})
    assert (files(ada), ada.attempts[0].folder) == (["src/my_script.py"], "Ada Lovelace_1_assignsubmission_file")
    assert (oneil.student.student, oneil.student.name) == ("moodle-2", "ONeil Müller")
    assert oneil.attempts[0].folder == "ONeil Müller_2_assignsubmission_file_"


def test_moodle_may_be_flat() -> None:
    found = hands(["c/Ada Lovelace_1_assignsubmission_file_my_script.py", "c/Bo Li_2_assignsubmission_file_lib/a.py"])

    assert files(found["moodle-1"]) == ["my_script.py"]
    assert found["moodle-1"].attempts[0].folder == "Ada Lovelace_1_assignsubmission_file_"
    assert files(found["moodle-2"]) == ["lib/a.py"]


def test_moodle_names_nobody_in_blind_marking() -> None:
    found = hands(["c/Participant_17_assignsubmission_file/my_script.py"])

    assert found["moodle-17"].student.name == "Participant 17"


def test_moodle_teams_have_a_number_or_are_the_default_group() -> None:
    found = hands(
        ["c/Team Blue_5_assignsubmission_file/my_script.py", "c/Default group_assignsubmission_file/my_script.py"]
    )

    assert found["moodle-5"].student.name == "Team Blue"
    (default,) = (hand for key, hand in found.items() if key != "moodle-5")
    assert default.student.name == "Default group"
    assert default.student.identifiers == {}


def test_two_participants_of_one_name_are_two_students() -> None:
    found = hands([f"c/Ada Lovelace_{n}_assignsubmission_file/my_script.py" for n in (1, 2)])

    assert set(found) == {"moodle-1", "moodle-2"}


def test_text_typed_into_moodle_is_no_file() -> None:
    (hand,) = recognised(
        ["c/Ada Lovelace_1_assignsubmission_onlinetext/onlinetext.html", "c/Bo_2_assignsubmission_file/a.py"]
    ).hands[:1]

    assert "typed into the browser" in hand.attempts[0].unusable


def test_one_number_with_two_names_belongs_to_nobody() -> None:
    found = recognised(["c/Ada_1_assignsubmission_file/a.py", "c/Bob_1_assignsubmission_file/b.py"])

    assert found.hands == ()
    assert len(found.refused) == 2
    assert "several students" in found.refused["c/Ada_1_assignsubmission_file/a.py"]


def test_canvas_has_flat_files_with_two_numbers() -> None:
    found = recognised(
        [
            "submissions/oneilmüllerjeanluc_LATE_4711_98765_my_script-1.py",
            "submissions/lovelaceada_12_98766_part_2_my_script.py",
        ]
    )

    assert found.layouts == ("Canvas",)
    late, ada = found.hands
    assert (late.student.student, late.student.name) == ("canvas-4711", "oneilmüllerjeanluc")
    assert (late.attempts[0].late, ada.attempts[0].late) == (True, False)
    assert (files(late), files(ada)) == (["my_script-1.py"], ["part_2_my_script.py"])
    assert late.student.identifiers == {"canvas_id": "4711"}


def test_canvas_may_be_anonymous() -> None:
    found = hands(["s/LATE_anon_aB3_55_my_script.py", "s/anon_xY9_56_my_script.py"])

    assert set(found) == {"canvas-anon-aB3", "canvas-anon-xY9"}
    assert found["canvas-anon-aB3"].attempts[0].late


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("lovelaceada_4711_text.html", "typed into the browser"),
        ("lovelaceada_LATE_4711_link.html", "web address"),
        ("anon_aB3_text.html", "typed into the browser"),
    ],
)
def test_what_canvas_took_that_is_no_file_is_told(name: str, why: str) -> None:
    found = recognised([f"s/{name}", "s/bob_3_4_my_script.py"])

    assert any(why in hand.attempts[0].unusable for hand in found.hands)


RECEIPT = "Name: Ada Lovelace (alovelace)\nAssignment: Exercise 1\nFiles:\n\tOriginal filename: my_script.py\n"
BLACKBOARD = "gb/Exercise 1_alovelace_attempt_"


def test_blackboard_has_attempts_with_receipts() -> None:
    old, new = f"{BLACKBOARD}2026-11-20-08-00-00", f"{BLACKBOARD}2026-11-23-17-05-00"
    (hand,) = recognised(
        [f"{old}_my_script.py", f"{new}_my_script.py"], {f"{old}.txt": RECEIPT, f"{new}.txt": RECEIPT}
    ).hands

    assert (hand.student.student, hand.student.name) == ("alovelace", "Ada Lovelace")
    newest, oldest = hand.attempts
    assert [piece.path for piece in newest.pieces] == [f"{new}_my_script.py"]
    assert newest.submitted_at is not None
    assert newest.submitted_at.replace(tzinfo=None) == datetime(2026, 11, 23, 17, 5)
    assert [piece.path for piece in oldest.pieces] == [f"{old}_my_script.py"]


def test_a_newer_attempt_without_a_file_is_not_replaced_by_an_older_one() -> None:
    old, new = f"{BLACKBOARD}2026-11-20-08-00-00", f"{BLACKBOARD}2026-11-23-17-05-00"
    (hand,) = recognised([f"{old}_my_script.py"], {f"{old}.txt": RECEIPT, f"{new}.txt": RECEIPT}).hands

    assert "no file" in hand.attempts[0].unusable


def test_a_receipt_in_utf_16_is_read() -> None:
    stem = f"{BLACKBOARD}2026-11-20-08-00-00"
    (hand,) = recognised([f"{stem}_my_script.py"], {f"{stem}.txt": RECEIPT.encode("utf-16")}).hands

    assert hand.student.name == "Ada Lovelace"


def test_brightspace_has_a_folder_for_each_attempt() -> None:
    found = recognised(
        [
            "c/index.html",
            "c/101-7 - Ada Lovelace - Nov 20, 2026 805 AM/my_script.py",
            "c/101-7 - Ada Lovelace - Nov 23, 2026 1205 PM/my_script.py",
            "c/102-7 - Ada Lovelace - Nov 22, 2026 505 PM/my_script.py",
        ]
    )

    assert found.layouts == ("Brightspace",)
    first, namesake = found.hands
    assert (first.student.student, namesake.student.student) == ("brightspace-101", "brightspace-102")
    assert [attempt.folder for attempt in first.attempts] == [
        "101-7 - Ada Lovelace - Nov 23, 2026 1205 PM",
        "101-7 - Ada Lovelace - Nov 20, 2026 805 AM",
    ]
    assert first.attempts[1].submitted_at is not None
    assert first.attempts[1].submitted_at.hour == 8


def test_the_number_of_the_assignment_joins_nobody_whichever_it_is() -> None:
    found = hands(
        [
            "c/7-101 - Ada - Nov 20, 2026 805 AM/a.py",
            "c/7-101 - Ada - Nov 21, 2026 805 AM/a.py",
            "c/7-102 - Bob - Nov 20, 2026 805 AM/a.py",
        ]
    )

    assert {key: len(hand.attempts) for key, hand in found.items()} == {"brightspace-101": 2, "brightspace-102": 1}


def test_sakai_has_attachments_in_a_folder_of_their_own() -> None:
    top = "c/Exercise 1/Lovelace, Ada(alovelace)"
    (hand,) = recognised(
        [
            f"{top}/Submission attachment(s)/my_script.py",
            f"{top}/Feedback Attachment(s)/corrected.py",
            f"{top}/Lovelace, Ada(alovelace)_submissionText.html",
            f"{top}/comments.txt",
            "c/Exercise 1/grades.csv",
        ],
        {f"{top}/timestamp.txt": "20261123170500000\n"},
    ).hands

    assert (hand.student.student, hand.student.name) == ("alovelace", "Ada Lovelace")
    assert files(hand) == ["my_script.py"]
    assert hand.attempts[0].submitted_at == datetime(2026, 11, 23, 17, 5, tzinfo=UTC)


def test_text_alone_in_sakai_is_no_file() -> None:
    top = "c/Lovelace, Ada(alovelace)"
    other = "c/Turing, Alan(at)/Submission attachment(s)/my_script.py"
    found = hands([f"{top}/Lovelace, Ada(alovelace)_submissionText.html", f"{top}/timestamp.txt", other])

    assert "typed into the browser" in found["alovelace"].attempts[0].unusable


METADATA = """---
submission_4711:
  :submitters:
  - :name: Ada Lovelace
    :sid: '1815'
    :email: ada@example.org
  :created_at: 2026-11-23 17:05:00.123456000 Z
  :history: []
submission_4712:
  :submitters:
  - :name: Bob
    :sid: '2'
    :email: bob@example.org
  - :name: Cyd
    :sid: '3'
    :email: cyd@example.org
  :created_at: '2026-11-23 18:05:00 UTC'
"""
EXPORT = ["e/assignment_1_export/submission_4711/my_script.py", "e/assignment_1_export/submission_4712/my_script.py"]
METADATA_PLACE = "e/assignment_1_export/submission_metadata.yml"


def test_gradescope_names_submitters_in_its_metadata() -> None:
    found = hands(EXPORT, {METADATA_PLACE: METADATA})

    ada, group = found["ada@example.org"], found["gradescope-4712"]
    assert ada.student.name == "Ada Lovelace"
    assert ada.student.identifiers == {"gradescope_id": "4711", "email": "ada@example.org", "student_id": "1815"}
    assert ada.attempts[0].submitted_at == datetime(2026, 11, 23, 17, 5, 0, 123456, tzinfo=UTC)
    assert group.student.name == "Bob, Cyd"
    assert group.student.identifiers["email"] == "bob@example.org, cyd@example.org"


@pytest.mark.parametrize(
    "metadata",
    [
        "submission_4711: !!python/object/apply:os.system ['true']\n",
        "a: &a {x: 1}\nb:\n  <<: [*a, *a]\n",
        "[" * 5_000,
        "\0\x01",
        "- just\n- a list\n",
        "submission_4711: {:submitters: {:name: 1}, :created_at: [3]}\n",
    ],
)
def test_broken_or_hostile_metadata_leaves_the_numbers(metadata: str) -> None:
    assert set(hands(EXPORT, {METADATA_PLACE: metadata})) == {"gradescope-4711", "gradescope-4712"}


@pytest.mark.parametrize("text", ["'Eve, <<: *x'", "|-\n      so\n      <<: *x"])
def test_no_text_of_one_student_takes_the_names_from_the_others(text: str) -> None:
    metadata = METADATA.replace("  - :name: Bob\n", f"  - :name: {text}\n")

    assert "ada@example.org" in hands(EXPORT, {METADATA_PLACE: metadata})


@pytest.mark.parametrize("time", ["0001-01-01 00:00:00 +14:00", "9999-12-31 23:59:59 -12:00"])
def test_a_time_in_no_year_is_none(time: str) -> None:
    gradescope = hands(EXPORT, {METADATA_PLACE: METADATA.replace("2026-11-23 17:05:00.123456000 Z", time)})
    nbgrader = hands(["submitted/ada/ex/my_script.py"], {"submitted/ada/ex/timestamp.txt": time.replace(" +", "+")})

    assert gradescope["ada@example.org"].attempts[0].submitted_at is None
    assert nbgrader["ada"].attempts[0].submitted_at is None


def test_nbgrader_has_a_tree_by_student_and_assignment() -> None:
    found = recognised(
        ["course/submitted/ada/exercise_1/my_script.ipynb", "course/submitted/bob/exercise_1/my_script.ipynb"],
        {"course/submitted/ada/exercise_1/timestamp.txt": "2026-11-23 17:05:00.123456 UTC"},
    )

    assert found.layouts == ("nbgrader",)
    ada, bob = found.hands
    assert (ada.student.student, ada.student.identifiers) == ("ada", {"login": "ada"})
    assert files(ada) == ["my_script.ipynb"]
    assert ada.attempts[0].submitted_at == datetime(2026, 11, 23, 17, 5, 0, 123456, tzinfo=UTC)
    assert bob.attempts[0].submitted_at is None
    assert ada.attempts[0].folder == "ada/exercise_1"


def test_of_several_assignments_that_of_the_exercise_is_taken() -> None:
    names = ["submitted/ada/Exercise-1/my_script.py", "submitted/ada/other/x.py", "submitted/bob/other/x.py"]

    assert {key: files(hand) for key, hand in hands(names).items()} == {"ada": ["my_script.py"]}
    unclear = hands(names, asked=Asked("my_script.py", "third"))
    assert {hand.attempts[0].unusable for hand in unclear.values()} == {
        "there are several assignments here, and none is called third"
    }


def test_the_exchange_of_nbgrader_has_a_folder_for_each_attempt() -> None:
    start = "inbound/ada+exercise_1+2026-11-2"
    (hand,) = recognised(
        [f"{start}0 08:00:00.000000 UTC+h3x/my_script.py", f"{start}3 17:05:00.000000 UTC/my_script.py"],
        {f"{start}3 17:05:00.000000 UTC/timestamp.txt": ""},
    ).hands

    assert [attempt.submitted_at for attempt in hand.attempts] == [
        datetime(2026, 11, 23, 17, 5, tzinfo=UTC),
        datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
    ]
    assert files(hand) == ["my_script.py"]


def test_two_downloads_in_one_folder_are_not_mixed() -> None:
    names = [f"c/{exercise}/Ada_1_assignsubmission_file/my_script.py" for exercise in ("hw1", "hw2")]

    (ada,) = recognised(names).hands

    assert [len(attempt.pieces) for attempt in ada.attempts] == [1, 1]
    assert "nothing tells which one is newer" in ada.attempts[0].unusable


def test_of_two_downloads_from_canvas_the_one_with_the_newer_attachment_counts() -> None:
    (ada,) = recognised(["c/old/ada_1_20_my_script.py", "c/new/ada_1_30_my_script.py"]).hands

    assert [attempt.pieces[0].path for attempt in ada.attempts] == [
        "c/new/ada_1_30_my_script.py",
        "c/old/ada_1_20_my_script.py",
    ]
    assert not ada.attempts[0].unusable


ADA_ELSEWHERE = (
    "x_alovelace_attempt_2027-01-01-00-00-00_my_script.py",
    "lovelaceada_4711_98765_my_script.py",
    "Ada_17_assignsubmission_file_my_script.py",
    "x_4711_text.html",
)
"""What a student may call a file, to be taken for another student."""


@pytest.mark.parametrize("own", ADA_ELSEWHERE)
@pytest.mark.parametrize(
    ("ada", "eve"),
    [
        ("Exercise 1_alovelace_attempt_2026-11-23-17-05-00_", "Exercise 1_eve_attempt_2026-11-23-17-05-00_"),
        ("lovelaceada_4711_1_", "eve_99_2_"),
        ("Ada_17_assignsubmission_file_/", "Eve_99_assignsubmission_file_/"),
        ("Ada_17_assignsubmission_file_", "Eve_99_assignsubmission_file_"),
        ("Lovelace, Ada(alovelace)/Submission attachment(s)/", "E, Eve(eve)/Submission attachment(s)/"),
        ("submitted/alovelace/exercise_1/", "submitted/eve/exercise_1/"),
        ("alovelace+exercise_1+2026-11-23 17:05:00 UTC/", "eve+exercise_1+2026-11-23 17:05:00 UTC/"),
        ("4711-7 - Ada - Nov 23, 2026 505 PM/", "99-7 - Eve - Nov 23, 2026 505 PM/"),
    ],
)
def test_no_name_of_a_file_puts_it_into_the_hands_of_another(ada: str, eve: str, own: str) -> None:
    honest = hands([f"c/{ada}my_script.py", f"c/{eve}my_script.py"])
    found = hands([f"c/{ada}my_script.py", f"c/{eve}my_script.py", f"c/{eve}{own}"])

    adas, eves = honest
    assert found[adas] == honest[adas]
    assert set(found) <= {adas, eves}


def test_accounts_in_blackboard_that_end_alike_are_two_students() -> None:
    names = [f"gb/Exercise 1_{user}_attempt_2026-11-2{day}-17-05-00" for day, user in enumerate(("ada_l", "bob_l"))]
    receipts = {f"{name}.txt": f"Name: Somebody ({name.split('_', 1)[1][:5]})\n" for name in names}

    told = hands([f"{name}_my_script.py" for name in names], receipts)
    untold = recognised([f"{name}_my_script.py" for name in names])

    assert set(told) == {"ada_l", "bob_l"}
    assert (untold.hands, len(untold.refused)) == ((), 2)


def test_one_student_of_another_name_changes_nobody_elses_number_in_brightspace() -> None:
    others = ["c/101-7 - Ada - Nov 20, 2026 805 AM/a.py", "c/102-7 - Bob - Nov 20, 2026 805 AM/a.py"]
    renamed = ["c/103-7 - Eve - Nov 20, 2026 805 AM/a.py", "c/103-7 - Eva - Nov 21, 2026 805 AM/a.py"]

    found = recognised([*others, *renamed])

    assert [hand.student.student for hand in found.hands] == ["brightspace-101", "brightspace-102"]
    assert set(found.refused) == set(renamed)


def test_plain_files_are_students() -> None:
    found = recognised(["class/ada.py", "class/bob.ipynb", "class/cyd.zip", "class/notes.txt"])

    assert found.layouts == ("plain files",)
    assert [hand.student.student for hand in found.hands] == ["ada", "bob", "cyd"]


def test_plain_folders_are_students() -> None:
    found = hands(["class/ada/my_script.py", "class/ada/helper.py", "class/bob/src/other.py", "class/cyd/report.docx"])

    assert {key: files(hand) for key, hand in found.items()} == {
        "ada": ["my_script.py", "helper.py"],
        "bob": ["src/other.py"],
        "cyd": ["report.docx"],
    }


def test_a_folder_with_the_script_is_one_student() -> None:
    assert set(hands(["ada/my_script.py", "ada/helper.py", "ada/lib/more.py"])) == {"ada"}


def test_a_folder_around_the_class_is_passed_through() -> None:
    assert set(hands(["class/inner/ada.py", "class/inner/bob.py"])) == {"ada", "bob"}
    assert set(hands(["class/ada/src/main.py"])) == {"ada"}


def test_each_name_on_the_command_line_is_a_student() -> None:
    asked = Asked("my_script.py", given=("ada/my_script.py", "bob", "cyd.py", "x/dan.py", "y/dan.py"))
    names = ["c/ada/my_script.py", "c/bob/main.py", "c/bob/helper.py", "c/cyd.py", "c/x/dan.py", "c/y/dan.py"]

    found = recognised(names, asked=asked)

    assert [hand.student.name for hand in found.hands] == ["ada", "bob", "cyd", "x/dan", "y/dan"]


def test_names_that_differ_in_case_alone_are_told_apart_by_nobody() -> None:
    found = recognised(["class/Ada/x.py", "class/ada/y.py", "class/bob/z.py"])

    assert len({hand.student.student.casefold() for hand in found.hands}) == len(found.hands)


def test_a_program_without_the_form_of_the_others_is_nobodys() -> None:
    found = recognised(
        ["c/Ada_1_assignsubmission_file/a.py", "c/Bob_2_assignsubmission_file/a.py", "c/cyd.py", "c/readme.txt"]
    )

    assert found.refused == {"c/cyd.py": "it does not have the form of the other files, so it is not known whose it is"}


PARTS = st.sampled_from(
    [
        *("class", "submitted", "ada", "canvas-1", "a@b.org", "exercise_1", "my_script.py", "x.zip", "timestamp.txt"),
        *("Ada_1_assignsubmission_file", "Ada_1_assignsubmission_file_x.py", "ada_1_2_x.py", "anon_a_1_x.py"),
        *("Lovelace, Ada(ada)", "Submission attachment(s)", "1-2 - Ada - Nov 23, 2026 505 PM", "submission_1"),
        *("submission_metadata.yml", "E_ada_attempt_2026-11-23-17-05-00_x.py", "E_ada_attempt_2026-11-23-17-05-00.txt"),
        *("a@b.org+exercise_1+2026-11-23 17:05:00 UTC", "ada_1_text.html", "E_ada_attempt_9999-99-99-99-99-99_x.py"),
    ]
)
TEXTS = st.sampled_from([None, b"", b"\xff\xfe\0", b"20261123170500", b"2026-11-23 17:05:00 UTC", METADATA.encode()])


@given(names=st.lists(st.lists(PARTS, min_size=1, max_size=4).map("/".join), max_size=12, unique=True), text=TEXTS)
def test_each_file_of_any_mixture_has_one_owner_or_none(names: list[str], text: bytes | None) -> None:
    found = recognise([f"root/{name}" for name in names], lambda _: text, ASKED)

    owned = [piece.path for hand in found.hands for attempt in hand.attempts for piece in attempt.pieces]
    assert len(owned) == len(set(owned))
    assert not set(owned) & set(found.refused)
    assert {*owned, *found.refused} <= {f"root/{name}" for name in names}


def test_one_file_that_looks_like_a_systems_does_not_make_the_others_strays() -> None:
    found = recognised(["c/lab_1_2_ada.py", "c/bob.py", "c/cyd.py", "c/dan.py"])

    assert found.layouts == ("plain files",)
    assert len(found.hands) == 4
