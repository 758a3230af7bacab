"""Hostile and broken archives and folders: each bad thing is refused by its name, and the rest goes on.

These are the attacks by archive: names that lead out, links, devices, clashing names (91); bombs of every kind,
encrypted, cut off and lying archives (92).
"""

from __future__ import annotations

import io
import os
import socket
import stat
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.batch.handin import Intake
from grader.batch.intake import archive as archives
from grader.batch.intake import collect
from grader.batch.intake import folder as folders
from grader.batch.intake.names import clashing, danger, key_of
from grader.errors import InputError

PROGRAM = b"print('hello')\n"
GOOD = "Bob_2_assignsubmission_file/my_script.py"
BAD = "Ada_1_assignsubmission_file/"


def entry(name: str, kind: int = stat.S_IFREG) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (kind | 0o644) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def archive_of(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return buffer.getvalue()


def collected(folder: Path, data: bytes) -> Intake:
    (folder / "class.zip").write_bytes(data)
    before = sorted(folder.rglob("*"))

    intake = collect([folder / "class.zip"], script_name="my_script.py")

    assert sorted(folder.rglob("*")) == before
    return intake


def only_bob(intake: Intake) -> str:
    """That Bob is graded and one thing is refused: its place and reason."""
    assert [hand_in.student.name for hand_in in intake.hand_ins] == ["Bob"]
    assert dict(intake.hand_ins[0].read()) == {"my_script.py": PROGRAM}
    (refusal,) = intake.refused
    return f"{refusal.source}: {refusal.reason}"


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.py",
        f"{BAD}../../evil.py",
        "/etc/cron.d/evil.py",
        "C:\\Users\\evil.py",
        "C:evil.py",
        "..\\..\\evil.py",
        f"{BAD}aux.py",
        f"{BAD}NUL",
        f"{BAD}line\nbreak.py",
        f"{BAD}\x1b]0;title\x07.py",
        BAD + "x" * 250 + ".py",
        BAD + "d/" * 60 + "my_script.py",
        BAD + f"{'d' * 150}/" * 38 + "my_script.py",
    ],
)
def test_a_dangerous_name_is_refused(name: str, tmp_path: Path) -> None:
    told = only_bob(collected(tmp_path, archive_of((entry(name), PROGRAM), (entry(GOOD), PROGRAM))))

    assert "its name" in told
    assert told.isprintable()


def test_a_name_that_goes_on_behind_a_nul_is_refused(tmp_path: Path) -> None:
    data = archive_of((entry(f"{BAD}my_script.pyX../../../evil"), PROGRAM), (entry(GOOD), PROGRAM))

    told = only_bob(collected(tmp_path, data.replace(b"my_script.pyX..", b"my_script.py\0..")))

    assert "its name" in told


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_are_refused(kind: int, tmp_path: Path) -> None:
    data = archive_of((entry(f"{BAD}my_script.py", kind), b"/etc/passwd"), (entry(GOOD), PROGRAM))

    told = only_bob(collected(tmp_path, data))

    assert f"{BAD}my_script.py: it is a" in told


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("my_script.py", "my_script.py"),
        ("my_script.py", "My_Script.py"),
        ("\u00e9.py", "e\u0301.py"),
        ("a.py", "a.py/b.py"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_clash_are_refused(first: str, second: str, tmp_path: Path) -> None:
    data = archive_of((entry(BAD + first), PROGRAM), (entry(BAD + second), b"other = 1\n"), (entry(GOOD), PROGRAM))

    intake = collected(tmp_path, data)

    graded = {hand_in.student.name: dict(hand_in.read()) for hand_in in intake.hand_ins}
    assert graded.pop("Bob") == {"my_script.py": PROGRAM}
    assert all(len(content) == 1 for content in graded.values())
    assert any("name" in refusal.reason and BAD + first in refusal.source for refusal in intake.refused)


@pytest.mark.parametrize("nested", [False, True])
def test_no_other_file_is_graded_in_place_of_a_program_that_cannot_be_used(nested: bool, tmp_path: Path) -> None:
    bad, other = entry("my_script.py", stat.S_IFLNK), entry("helper.py")
    if nested:
        own = [(entry(f"{BAD}work.zip"), archive_of((bad, b"/etc/passwd"), (other, PROGRAM)))]
    else:
        own = [(entry(f"{BAD}my_script.py", stat.S_IFLNK), b"/etc/passwd"), (entry(f"{BAD}helper.py"), PROGRAM)]

    intake = collected(tmp_path, archive_of(*own, (entry(GOOD), PROGRAM)))

    assert [hand_in.student.name for hand_in in intake.hand_ins] == ["Bob"]
    assert {refusal.student.name for refusal in intake.refused if refusal.student} == {"Ada"}
    assert all(
        "link" in refusal.reason and "my_script.py" in refusal.source + refusal.reason for refusal in intake.refused
    )


def test_a_bomb_is_told_by_its_ratio(tmp_path: Path) -> None:
    told = only_bob(
        collected(tmp_path, archive_of((entry(f"{BAD}my_script.py"), b"#" * 4_000_000), (entry(GOOD), PROGRAM)))
    )

    assert "zip bomb" in told


def test_a_file_beyond_all_size_is_not_unpacked(tmp_path: Path) -> None:
    data = archive_of((entry(f"{BAD}my_script.py"), PROGRAM), (entry(GOOD), PROGRAM))

    told = only_bob(collected(tmp_path, with_size(data, 3_000_000_000)))

    assert "3,000.0 MB" in told


@pytest.mark.parametrize("size", [1, len(PROGRAM) - 1, len(PROGRAM) + 1, 5_000])
def test_a_file_whose_size_is_a_lie_is_refused(size: int, tmp_path: Path) -> None:
    data = archive_of((entry(f"{BAD}my_script.py"), PROGRAM), (entry(GOOD), PROGRAM))

    told = only_bob(collected(tmp_path, with_size(data, size)))

    assert "damaged" in told or "another size" in told


def with_size(data: bytes, size: int) -> bytes:
    """The archive with another size of the first file in its table of contents."""
    at = data.index(b"PK\x01\x02") + 24
    return data[:at] + struct.pack("<I", size) + data[at + 4 :]


def test_entries_that_share_their_bytes_are_a_bomb(tmp_path: Path) -> None:
    data = archive_of((entry(f"{BAD}my_script.py"), PROGRAM), (entry(GOOD), PROGRAM))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4) + 42
    (tmp_path / "class.zip").write_bytes(data[:second] + struct.pack("<I", 0) + data[second + 4 :])

    with pytest.raises(InputError, match="overlap"):
        collect([tmp_path / "class.zip"])


def test_a_nested_archive_is_held_to_the_same_rules(tmp_path: Path) -> None:
    nested = archive_of(
        (entry("../evil.py"), PROGRAM), (entry("link.py", stat.S_IFLNK), b"/"), (entry("my_script.py"), PROGRAM)
    )
    intake = collected(tmp_path, archive_of((entry(f"{BAD}work.zip"), nested), (entry(GOOD), PROGRAM)))

    assert [dict(hand_in.read()) for hand_in in intake.hand_ins] == [{"my_script.py": PROGRAM}] * 2
    assert [refusal.source.rsplit(": ", 1)[-1] for refusal in intake.refused] == ["../evil.py", "link.py"]
    assert {refusal.student.name for refusal in intake.refused if refusal.student} == {"Ada"}


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: archive_of((entry("deeper.zip"), archive_of((entry("x.py"), PROGRAM)))), "several|no .py"),
        (lambda: archive_of((entry("my_script.py"), b"#" * 4_000_000)), "zip bomb"),
        (lambda: archive_of((entry("my_script.py"), PROGRAM))[:-30], "no sound zip archive"),
        (lambda: b"", "no sound zip archive"),
        (lambda: b"PK\x05\x06" + b"\0" * 18, "there is no file in it"),
        (lambda: archive_of(*((entry(f"{n:0180}.py"), b"") for n in range(4_500))), "table of contents"),
        (lambda: archive_of(*((entry(f"m{n}.py"), b"") for n in range(300)), (entry("my_script.py"), b"")), "301"),
        (lambda: archive_of((entry("my_script.py"), b""), (entry("a.py"), os.urandom(1_100_000))), "a.py: it has"),
    ],
)
def test_a_nested_archive_that_is_no_good_is_refused(make: Callable[[], bytes], why: str, tmp_path: Path) -> None:
    intake = collected(tmp_path, archive_of((entry(f"{BAD}work.zip"), make()), (entry(GOOD), PROGRAM)))

    told = only_bob(intake)
    assert any(part in told for part in why.split("|")), told
    assert intake.refused[0].student is not None


def test_an_encrypted_program_is_refused(tmp_path: Path) -> None:
    data = bytearray(archive_of((entry(f"{BAD}my_script.py"), PROGRAM), (entry(GOOD), PROGRAM)))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1

    assert "it is encrypted" in only_bob(collected(tmp_path, bytes(data)))


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_an_unusual_way_of_packing_is_refused(method: int, tmp_path: Path) -> None:
    info = entry(f"{BAD}my_script.py")
    info.compress_type = method

    told = only_bob(collected(tmp_path, archive_of((info, PROGRAM), (entry(GOOD), PROGRAM))))

    assert "packed by method" in told


def test_a_corrupt_program_is_refused(tmp_path: Path) -> None:
    info = entry(f"{BAD}my_script.py")
    info.compress_type = zipfile.ZIP_STORED
    data = archive_of((info, b"print('hallo')\n"), (entry(GOOD), PROGRAM)).replace(b"'hallo'", b"'hullo'")

    assert "it is damaged" in only_bob(collected(tmp_path, data))


def test_names_without_the_mark_of_utf_8_are_read_as_the_zip_format_says(tmp_path: Path) -> None:
    data = bytearray(archive_of((entry("Bjürn_1_assignsubmission_file/my_script.py"), PROGRAM)))
    name = "Bjürn".encode()
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset + 1] &= ~0x08
    (hand_in,) = collected(tmp_path, bytes(data)).hand_ins

    assert hand_in.student.name == name.decode("cp437")
    assert dict(hand_in.read()) == {"my_script.py": PROGRAM}


@pytest.mark.parametrize(
    "data", [b"", b"PK", os.urandom(5_000), archive_of((entry(GOOD), PROGRAM))[:-25], b"PK\x05\x06" + b"\xff" * 18]
)
def test_an_unreadable_archive_alone_is_an_error(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "class.zip").write_bytes(data)

    with pytest.raises(InputError, match=r"Nothing can be graded\. .*class\.zip"):
        collect([tmp_path / "class.zip"])


def test_an_unreadable_archive_beside_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04")
    (tmp_path / "ada.py").write_bytes(PROGRAM)

    intake = collect([tmp_path / "broken.zip", tmp_path / "ada.py"])

    assert [hand_in.student.name for hand_in in intake.hand_ins] == ["ada"]
    assert [refusal.source for refusal in intake.refused] == [f"{tmp_path}/broken.zip"]


def test_a_table_of_contents_beyond_all_size_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_DIRECTORY_BYTES", 500)
    (tmp_path / "class.zip").write_bytes(archive_of(*((entry(f"{n}.py"), b"") for n in range(20))))

    with pytest.raises(InputError, match="table of contents"):
        collect([tmp_path / "class.zip"])


def test_many_useless_entries_are_counted(tmp_path: Path) -> None:
    data = archive_of(*((entry(f"../{n}.py"), b"") for n in range(200)), (entry(GOOD), PROGRAM))

    intake = collected(tmp_path, data)

    assert len(intake.refused) == 51
    assert "150 more" in intake.refused[-1].reason


def test_what_is_no_file_in_a_folder_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.py"
    secret.write_bytes(b"secret = 1\n")
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "bob.py").write_bytes(PROGRAM)
    (folder / "link.py").symlink_to(secret)
    (folder / "dangling.py").symlink_to("nowhere")
    (folder / "linked").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.py")
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(folder)  # the name of a socket may have 108 bytes
        try:
            listening.bind("socket.py")
        finally:
            os.chdir(here)
        intake = collect([folder])

    assert [hand_in.student.name for hand_in in intake.hand_ins] == ["bob"]
    told = {Path(refusal.source).name: refusal.reason for refusal in intake.refused}
    assert set(told) == {"link.py", "dangling.py", "linked", "pipe.py", "socket.py"}
    assert "link" in told["link.py"]
    assert "pipe" in told["pipe.py"]


def test_a_file_that_becomes_a_link_or_a_pipe_after_listing_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_bytes(PROGRAM)
    folder = tmp_path / "class"
    (folder / "ada").mkdir(parents=True)
    (folder / "ada" / "my_script.py").write_bytes(PROGRAM)
    (folder / "bob.py").write_bytes(PROGRAM)
    ada, bob = sorted(collect([folder], script_name="my_script.py").hand_ins, key=lambda one: one.source)
    (folder / "ada").rename(tmp_path / "moved")
    (folder / "ada").symlink_to(tmp_path / "moved")
    (folder / "bob.py").unlink()
    os.mkfifo(folder / "bob.py")

    for hand_in in (ada, bob):
        with pytest.raises(InputError, match="no longer"):
            hand_in.read()


def test_links_on_the_command_line_among_others_are_refused(tmp_path: Path) -> None:
    (tmp_path / "ada.py").write_bytes(PROGRAM)
    (tmp_path / "evil.py").symlink_to("/etc/passwd")

    intake = collect([tmp_path / "ada.py", tmp_path / "evil.py"])

    assert [hand_in.student.name for hand_in in intake.hand_ins] == ["ada"]
    assert [Path(refusal.source).name for refusal in intake.refused] == ["evil.py"]


def test_a_device_on_the_command_line_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ada.py").write_bytes(PROGRAM)
    os.mkfifo(tmp_path / "pipe.zip")

    intake = collect([tmp_path / "ada.py", tmp_path / "pipe.zip"])

    assert [refusal.reason for refusal in intake.refused] == ["it is no ordinary file"]


def test_what_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ada.py").write_bytes(PROGRAM)
    (tmp_path / "bob.py").write_bytes(PROGRAM)
    really_open = os.open

    def as_an_ordinary_user(path: str, flags: int, **options: int) -> int:  # root may read everything
        if path == "bob.py":
            raise PermissionError(13, "Permission denied", path)
        return really_open(path, flags, **options)

    monkeypatch.setattr(os, "open", as_an_ordinary_user)
    intake = collect([tmp_path])

    assert [hand_in.student.name for hand_in in intake.hand_ins] == ["ada"]
    assert [refusal.reason for refusal in intake.refused] == ["it may not be read: the permission is missing"]


def test_a_folder_with_too_many_files_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MAX_FILES", 3)
    for number in range(5):
        (tmp_path / f"{number}.py").write_bytes(PROGRAM)

    intake = collect([tmp_path])

    assert len(intake.hand_ins) == 3


def test_a_large_program_is_refused_by_its_size(tmp_path: Path) -> None:
    (tmp_path / "ada.py").write_bytes(PROGRAM)
    with (tmp_path / "bob.py").open("wb") as file:
        file.truncate(30_000_000)

    intake = collect([tmp_path])

    assert [refusal.reason for refusal in intake.refused] == ["it has more than 20.0 MB"]


SOUND = archive_of(
    (entry(GOOD), PROGRAM),
    (entry("Ada_1_assignsubmission_file/work.zip"), archive_of((entry("my_script.py"), PROGRAM))),
    (entry("Cyd_3_assignsubmission_file/my_script.py"), b"x = 1\n" * 500),
)


def never_more_than_refused(folder: Path, data: bytes) -> None:
    path = folder / "class.zip"
    path.write_bytes(data)
    intake = Intake("", ())
    with suppress(InputError):
        intake = collect([path], script_name="my_script.py")

    for hand_in in intake.hand_ins:
        assert hand_in.file in hand_in.read()
        assert not any(danger(name) for name in hand_in.read())
    assert all(refusal.source.isprintable() and refusal.reason for refusal in intake.refused)
    assert [found.name for found in folder.iterdir()] == ["class.zip"]


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(st.binary(max_size=400), st.binary(max_size=100).map(lambda tail: SOUND[:200] + tail)))
def test_any_bytes_are_at_worst_refused(data: bytes, tmp_path: Path) -> None:
    never_more_than_refused(tmp_path, data)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.integers(0, 30),
)
def test_any_change_of_a_sound_archive_is_at_worst_refused(
    changes: list[tuple[int, int]], cut: int, tmp_path: Path
) -> None:
    data = bytearray(SOUND)
    for at, value in changes:
        data[at] = value

    never_more_than_refused(tmp_path, bytes(data[: len(data) - cut]))


@given(names=st.lists(st.text(st.sampled_from("aA/.\\é\0C:"), min_size=1, max_size=8), max_size=8))
def test_names_that_are_neither_dangerous_nor_clashing_can_lie_in_one_folder(names: list[str]) -> None:
    usable = {name for name in names if not danger(name)}
    usable -= set(clashing(usable))

    assert len({name.casefold() for name in usable}) == len(usable)
    assert all(os.path.normpath(f"/in/{name}").startswith("/in") for name in usable)


@given(first=st.text(max_size=30), second=st.text(max_size=30))
def test_two_labels_never_have_one_key(first: str, second: str) -> None:
    assert (key_of(first) == key_of(second)) == (first == second)
    assert 0 < len(key_of(first)) <= 80
