"""What stands on the command line becomes hand-ins: real archives and folders of every layout."""

from __future__ import annotations

import io
import os
import pickle
import tracemalloc
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from grader.batch.handin import HandIn, Intake
from grader.batch.intake import collect
from grader.batch.intake.submitted import digest_of
from grader.errors import InputError

PROGRAM = b"print('hello')\n"


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def laid(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def collected(*paths: Path) -> Intake:
    return collect(paths, script_name="my_script.py", assignment="exercise_1")


def by_student(intake: Intake) -> dict[str, HandIn]:
    return {hand_in.student.student: hand_in for hand_in in intake.hand_ins}


LAYOUTS = {
    "Moodle": ("Ada Müller_1_assignsubmission_file/my_script.py", "Bob_2_assignsubmission_file/my_script.py"),
    "Canvas": ("lovelaceada_LATE_11_21_my_script-1.py", "bob_12_22_my_script.py"),
    "Blackboard": ("E_ada_attempt_2026-11-23-17-05-00_my_script.py", "E_bob_attempt_2026-11-23-17-05-00_my_script.py"),
    "Brightspace": (
        "11-7 - Ada L - Nov 23, 2026 505 PM/my_script.py",
        "12-7 - Bob B - Nov 23, 2026 505 PM/my_script.py",
    ),
    "Sakai": (
        "E/Lovelace, Ada(ada)/Submission attachment(s)/my_script.py",
        "E/B, Bob(bob)/Submission attachment(s)/my_script.py",
    ),
    "nbgrader": ("submitted/ada/exercise_1/my_script.py", "submitted/bob/exercise_1/my_script.py"),
    "nbgrader exchange": (
        "ada+exercise_1+2026-11-23 17:05:00.0 UTC/my_script.py",
        "bob+exercise_1+2026-11-23 17:05:00.0 UTC/my_script.py",
    ),
    "plain files": ("ada.py", "bob.py"),
}


@pytest.mark.parametrize("form", ["zip", "folder", "each"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_is_taken_from_an_archive_a_folder_and_single_names(layout: str, form: str, tmp_path: Path) -> None:
    files = dict(zip(LAYOUTS[layout], (PROGRAM, PROGRAM + b"#"), strict=True))
    (tmp_path / "class.zip").write_bytes(zipped(files))
    folder = laid(tmp_path / "class", files)
    paths = {"zip": [tmp_path / "class.zip"], "folder": [folder], "each": sorted(folder.iterdir())}[form]

    intake = collected(*paths)

    assert intake.layout == layout
    assert intake.refused == ()
    assert sorted(dict(hand_in.read())[hand_in.file] for hand_in in intake.hand_ins) == [PROGRAM, PROGRAM + b"#"]
    assert len({hand_in.student.student for hand_in in intake.hand_ins}) == 2


def test_a_gradescope_export_is_taken(tmp_path: Path) -> None:
    metadata = b"submission_1:\n  :submitters:\n  - :name: Ada\n    :email: ada@example.org\n"
    files = {"x/submission_metadata.yml": metadata, "x/submission_1/my_script.py": PROGRAM}

    intake = collected(laid(tmp_path / "class", files))

    assert intake.layout == "Gradescope"
    assert [hand_in.student.name for hand_in in intake.hand_ins] == ["Ada"]


def test_a_hand_in_reads_the_program_and_the_python_files_beside_it(tmp_path: Path) -> None:
    files = {
        "Ada_1_assignsubmission_file/work/my_script.py": PROGRAM,
        "Ada_1_assignsubmission_file/work/helper.py": b"x = 1\n",
        "Ada_1_assignsubmission_file/work/pack/deep.py": b"y = 1\n",
        "Ada_1_assignsubmission_file/work/data.txt": b"z\n",
        "Ada_1_assignsubmission_file/elsewhere.py": b"a = 1\n",
    }
    (tmp_path / "class.zip").write_bytes(zipped(files))

    (hand_in,) = collected(tmp_path / "class.zip").hand_ins

    content = {"my_script.py": PROGRAM, "helper.py": b"x = 1\n", "pack/deep.py": b"y = 1\n"}
    assert (hand_in.file, dict(hand_in.read())) == ("my_script.py", content)
    assert hand_in.sha256 == digest_of(content)
    assert hand_in.source == f"{tmp_path}/class.zip: Ada_1_assignsubmission_file/work/my_script.py"
    assert pickle.loads(pickle.dumps(hand_in)) == hand_in


def test_the_contents_of_an_archive_are_read_once_for_all_students(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "class.zip").write_bytes(zipped({f"Ada_{n}_assignsubmission_file/a.py": PROGRAM for n in range(4)}))
    hand_ins = collected(tmp_path / "class.zip").hand_ins
    read = []

    class Counted(zipfile.ZipFile):
        def __init__(self, file: Any) -> None:
            read.append(file)
            super().__init__(file)

    monkeypatch.setattr(zipfile, "ZipFile", Counted)

    assert [dict(hand_in.read()) for hand_in in hand_ins] == [{"a.py": PROGRAM}] * 4
    assert len(read) <= 1


def test_an_archive_that_was_changed_since_is_an_error(tmp_path: Path) -> None:
    place = tmp_path / "class.zip"
    names = [f"{name}_assignsubmission_file/a.py" for name in ("Ada_1", "Bob_2", "Cyd_3")]
    place.write_bytes(zipped(dict.fromkeys(names, PROGRAM)))
    hand_ins = by_student(collected(place))
    hand_ins["moodle-1"].read()
    place.write_bytes(zipped({names[0]: PROGRAM, names[1]: b"print('other')\n"}))

    assert dict(hand_ins["moodle-1"].read()) == {"a.py": PROGRAM}
    with pytest.raises(InputError, match="was changed"):
        hand_ins["moodle-2"].read()
    with pytest.raises(InputError, match="no longer"):
        hand_ins["moodle-3"].read()


def test_a_hand_in_that_was_changed_or_removed_since_is_an_error(tmp_path: Path) -> None:
    folder = laid(tmp_path / "class", {"ada.py": PROGRAM, "bob.py": PROGRAM})
    hand_ins = by_student(collected(folder))
    (folder / "ada.py").write_bytes(b"print('other')\n")
    (folder / "bob.py").unlink()

    with pytest.raises(InputError, match="was changed"):
        hand_ins["ada"].read()
    with pytest.raises(InputError, match="no longer"):
        hand_ins["bob"].read()


def test_a_nested_archive_is_the_submission(tmp_path: Path) -> None:
    nested = zipped({"work/my_script.py": PROGRAM, "work/helper.py": b"x = 1\n", "__MACOSX/work/._my_script.py": b"x"})
    outer = zipped({"Ada_1_assignsubmission_file/work.zip": nested, "Bob_2_assignsubmission_file/b.py": PROGRAM})
    (tmp_path / "class.zip").write_bytes(outer)

    ada = by_student(collected(tmp_path / "class.zip"))["moodle-1"]

    assert dict(ada.read()) == {"my_script.py": PROGRAM, "helper.py": b"x = 1\n"}
    assert ada.source.endswith("work.zip: work/my_script.py")


def test_archives_of_students_beside_each_other_are_students(tmp_path: Path) -> None:
    for name in ("ada", "bob"):
        (tmp_path / f"{name}.zip").write_bytes(zipped({"main.py": PROGRAM, "read.me": b""}))
    laid(tmp_path, {"cyd/other.py": PROGRAM})

    assert set(by_student(collected(*sorted(tmp_path.iterdir())))) == {"ada", "bob", "cyd"}


def test_archives_of_two_classes_are_taken_together(tmp_path: Path) -> None:
    (tmp_path / "m.zip").write_bytes(zipped(dict.fromkeys(LAYOUTS["Moodle"], PROGRAM)))
    (tmp_path / "c.zip").write_bytes(zipped(dict.fromkeys(LAYOUTS["Canvas"], PROGRAM)))

    intake = collected(tmp_path / "m.zip", tmp_path / "c.zip")

    assert intake.layout == "Canvas, Moodle"
    assert len(intake.hand_ins) == 4


def test_canvas_gives_a_renamed_file_its_own_name_back(tmp_path: Path) -> None:
    files = {
        "ada_11_21_my_script-2.py": PROGRAM,
        "ada_11_22_helper-1.py": b"x = 1\n",
        "bob_12_31_my_script-1.py": b"old = 1\n",
        "bob_12_32_my_script-2.py": b"new = 1\n",
    }
    hand_ins = by_student(collected(laid(tmp_path / "class", files)))

    assert dict(hand_ins["canvas-11"].read()) == {"my_script.py": PROGRAM, "helper.py": b"x = 1\n"}
    assert dict(hand_ins["canvas-12"].read()) == {"my_script.py": b"new = 1\n"}
    assert [Path(place).name for place in hand_ins["canvas-12"].earlier] == ["bob_12_31_my_script-1.py"]


def test_the_newest_attempt_is_graded_and_the_others_are_listed(tmp_path: Path) -> None:
    files = {
        "E_ada_attempt_2026-11-20-08-00-00_my_script.py": b"old = 1\n",
        "E_ada_attempt_2026-11-23-17-05-00_my_script.py": b"new = 1\n",
    }
    (hand_in,) = collected(laid(tmp_path / "class", files)).hand_ins

    assert dict(hand_in.read()) == {"my_script.py": b"new = 1\n"}
    assert [Path(place).name for place in hand_in.earlier] == ["E_ada_attempt_2026-11-20-08-00-00_my_script.py"]


def test_a_broken_newest_attempt_is_refused_and_no_older_one_is_graded_instead(tmp_path: Path) -> None:
    files = {
        "E_ada_attempt_2026-11-20-08-00-00_my_script.py": PROGRAM,
        "E_ada_attempt_2026-11-23-17-05-00_work.zip": b"PK\x03\x04 no archive",
        "E_bob_attempt_2026-11-23-17-05-00_my_script.py": PROGRAM,
    }
    intake = collected(laid(tmp_path / "class", files))

    assert set(by_student(intake)) == {"bob"}
    (refusal,) = intake.refused
    assert refusal.student is not None
    assert refusal.student.student == "ada"
    assert "no sound zip archive" in refusal.reason
    assert "2026-11-20-08-00-00_my_script.py" in refusal.reason


@pytest.mark.parametrize(
    ("names", "program"),
    [
        (["only.py", "data.csv"], "only.py"),
        (["a.py", "my_script.py"], "my_script.py"),
        (["a.py", "MY_SCRIPT.PY"], "MY_SCRIPT.PY"),
        (["a.py", "my_script (1).py"], "my_script (1).py"),
        (["a.py", "my_script-2.ipynb"], "my_script-2.ipynb"),
        (["deep/my_script.py", "my_script.py", "x.py"], "my_script.py"),
    ],
)
def test_the_program_is_picked_among_several_files(names: list[str], program: str, tmp_path: Path) -> None:
    files = {f"ada/{name}": PROGRAM for name in names} | {"bob/my_script.py": PROGRAM}

    assert by_student(collected(laid(tmp_path / "class", files)))["ada"].file == program


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (
            ["a.py", "b.py"],
            "there are 2 programs in it, and not exactly one of them is called my_script.py: a.py, b.py",
        ),
        (["my_script.py", "my_script.ipynb"], "there are 2 programs"),
        (["x/my_script.py", "y/my_script.py"], "there are 2 programs"),
        (["report.docx"], "there is no .py or .ipynb file in it, only report.docx"),
        (["work.rar"], "archives such as work.rar are not opened, only .zip"),
        (["a.zip", "b.zip"], "there are several archives in it"),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_names(names: list[str], why: str, tmp_path: Path) -> None:
    files = {f"ada/{name}": PROGRAM for name in names} | {"bob/my_script.py": PROGRAM}

    intake = collected(laid(tmp_path / "class", files))

    assert set(by_student(intake)) == {"bob"}
    assert [refusal.student.student for refusal in intake.refused if refusal.student] == ["ada"]
    assert why in intake.refused[0].reason


def test_what_systems_and_tools_leave_behind_is_passed_over(tmp_path: Path) -> None:
    files = {
        "ada/my_script.py": PROGRAM,
        "ada/._my_script.py": b"x",
        "ada/.DS_Store": b"x",
        "ada/.venv/lib/my_script.py": b"x",
        "ada/__pycache__/my_script.py": b"x",
        "ada/.ipynb_checkpoints/my_script.py": b"x",
        "__MACOSX/ada/my_script.py": b"x",
        "results/gradebook.sqlite": b"x",
        "results/reports/my_script.py": b"x",
    }
    intake = collected(laid(tmp_path / "class", files))

    assert (set(by_student(intake)), intake.refused) == ({"ada"}, ())
    assert dict(intake.hand_ins[0].read()) == {"my_script.py": PROGRAM}


def test_a_student_in_two_places_is_graded_once_or_not_at_all(tmp_path: Path) -> None:
    first = laid(tmp_path / "first", dict.fromkeys(LAYOUTS["Moodle"], PROGRAM))
    (tmp_path / "second.zip").write_bytes(zipped(dict.fromkeys(LAYOUTS["Moodle"], PROGRAM)))
    (tmp_path / "third.zip").write_bytes(zipped(dict.fromkeys(LAYOUTS["Moodle"], PROGRAM + b"#")))

    same = collected(first, tmp_path / "second.zip")
    other = collected(first, tmp_path / "third.zip")

    assert [len(hand_in.earlier) for hand_in in same.hand_ins] == [1, 1]
    assert other.hand_ins == ()
    assert all("nothing tells which one is newer" in refusal.reason for refusal in other.refused)


def test_places_are_told_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    laid(tmp_path, {"class/ada.py": PROGRAM, "class/bob.py": PROGRAM, "cyd.py": PROGRAM})
    (tmp_path / "class.zip").write_bytes(zipped(dict.fromkeys(LAYOUTS["Canvas"], PROGRAM)))
    monkeypatch.chdir(tmp_path)

    def places(*paths: str) -> set[str]:
        return {hand_in.source for hand_in in collected(*map(Path, paths)).hand_ins}

    assert places("class") == {"class/ada.py", "class/bob.py"}
    assert places("class/ada.py", "cyd.py") == {"class/ada.py", "cyd.py"}
    assert places("class.zip") == {f"class.zip: {name}" for name in LAYOUTS["Canvas"]}


def test_nothing_found_is_an_error_that_shows_the_layouts(tmp_path: Path) -> None:
    folder = laid(tmp_path / "class", {"readme.txt": b"x"})

    with pytest.raises(InputError, match="no Python script or notebook") as caught:
        collected(folder)

    assert "Ada Lovelace_17_assignsubmission_file/my_script.py" in caught.value.hint
    assert "Gradescope" in caught.value.hint


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file or folder"):
        collected(tmp_path / "missing")


def test_names_are_kept_in_every_script(tmp_path: Path) -> None:
    names = ["Ada Lovelace", "Éva Šimková", "李小龍", "a\tb", "x" * 120]
    files = {f"{name}/my_script.py": PROGRAM for name in names if "\t" not in name}
    intake = collected(laid(tmp_path / "class", files))

    assert {hand_in.student.name for hand_in in intake.hand_ins} == {name for name in names if "\t" not in name}
    assert all(len(key) <= 80 and "/" not in key for key in by_student(intake))


@pytest.mark.skipif(os.name != "posix", reason="names that are no text")
def test_a_name_that_is_no_text_is_a_student_all_the_same(tmp_path: Path) -> None:
    folder = laid(tmp_path / "class", {"bob.py": PROGRAM})
    Path(os.fsdecode(os.fsencode(folder) + b"/Andr\xe9.py")).write_bytes(PROGRAM)

    intake = collected(folder)

    assert len(intake.hand_ins) == 2
    for hand_in in intake.hand_ins:
        f"{hand_in.student} {hand_in.file} {hand_in.source}".encode()
        assert dict(hand_in.read()) == {hand_in.file: PROGRAM}


def test_memory_does_not_grow_with_the_files(tmp_path: Path) -> None:
    program = b"# " + b"".join(b"%d " % number for number in range(100_000))
    (tmp_path / "class.zip").write_bytes(
        zipped({f"S{n}_{n}_assignsubmission_file/my_script.py": program for n in range(40)})
    )
    tracemalloc.start()

    intake = collected(tmp_path / "class.zip")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(intake.hand_ins) == 40
    assert peak < 10 * len(program) < 40 * len(program)
