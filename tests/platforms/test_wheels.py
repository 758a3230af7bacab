"""Wheels made again from installed packages."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

from grader.bundled import bundled
from grader.errors import InputError
from grader.platforms.wheels import Wheel, constraints, packages_for, packed


def members(wheel: Wheel) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(wheel.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("name", ["click", "pydantic_core", "MarkupSafe"])
def test_a_wheel_is_packed_again_with_its_tag_and_a_record_of_every_file(name: str) -> None:
    installed = distribution(name)
    wheel = packed(installed)

    found = members(wheel)
    (record,) = [path for path in found if path.endswith(".dist-info/RECORD")]
    rows = {path: (digest, size) for path, digest, size in csv.reader(found[record].decode().splitlines())}
    assert set(rows) == set(found)
    for path, data in found.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        assert path == record or rows[path] == (f"sha256={digest}", str(len(data)))
    tags = [line[5:] for line in (installed.read_text("WHEEL") or "").splitlines() if line.startswith("Tag: ")]
    python, abi, systems = wheel.name.removesuffix(".whl").split("-")[2:]
    named = {f"{p}-{a}-{s}" for p in python.split(".") for a in abi.split(".") for s in systems.split(".")}
    assert set(tags) <= named


def test_the_exact_versions_are_those_of_the_tests() -> None:
    assert constraints() == bundled("constraints.txt").read_bytes()


def test_packages_that_cannot_be_found_are_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be downloaded") as raised:
        packages_for(packed(distribution("rich")), tmp_path)

    assert "\n" not in raised.value.message
