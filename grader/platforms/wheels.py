"""This version of the grader as a wheel, and the packages it needs, for hosts that install it themselves."""

from __future__ import annotations

import base64
import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import grader
from grader.bundled import bundled
from grader.errors import InputError

_PACKAGE = Path(grader.__file__).resolve().parent
_NOT_IN_A_WHEEL = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
_FOR_LINUX = (
    *("--implementation", "cp", "--python-version", f"{sys.version_info[0]}.{sys.version_info[1]}"),
    *(
        "--platform",
        "manylinux2014_x86_64",
        "--platform",
        "manylinux_2_17_x86_64",
        "--platform",
        "manylinux_2_28_x86_64",
    ),
)
"""What pip has to be told where it does not run on the kind of machine that the packages are for."""


@dataclass(frozen=True)
class Wheel:
    """A wheel by its file name."""

    name: str
    data: bytes


def constraints() -> bytes:
    """The exact versions of all packages that the tests ran with."""
    return bundled("constraints.txt").read_bytes()


def own_wheel() -> Wheel:
    """The wheel of this very version: packed again from the installed files, or built from the checkout.

    Raises:
        InputError: It is neither installed nor can it be built.
    """
    return _packed_again() if (_PACKAGE / "_bundled").is_dir() else _built()


def _packed_again() -> Wheel:
    try:
        return packed(distribution("pargrade"))
    except PackageNotFoundError:
        raise InputError("pargrade is not installed as a package.", "Install it with pip, and build again.") from None


def packed(installed: Distribution) -> Wheel:
    """The wheel that a package was installed from, but for the order of its members, and its scripts.

    Source of the format: the packaging specification "binary distribution format".
    """
    found = {
        path.as_posix(): Path(str(path.locate())).read_bytes()
        for path in installed.files or ()
        if path.parts[0] != ".." and "__pycache__" not in path.parts and path.name not in _NOT_IN_A_WHEEL
    }
    info = next(name.split("/")[0] for name in found if name.split("/")[0].endswith(".dist-info"))
    rows = [f"{name},sha256={_digest(data)},{len(data)}" for name, data in found.items()]
    found[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""]).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in found.items():
            archive.writestr(name, data)
    return Wheel(f"{info.removesuffix('.dist-info')}-{_tag(found[f'{info}/WHEEL'].decode())}.whl", buffer.getvalue())


def _tag(about: str) -> str:
    """The tag in a wheel's name, of all tags in its ``WHEEL``: such as ``py2.py3-none-any``."""
    tags = [line.partition(":")[2].strip().split("-") for line in about.splitlines() if line.startswith("Tag:")]
    return "-".join(".".join(dict.fromkeys(part)) for part in zip(*tags, strict=True))


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def _built() -> Wheel:
    with tempfile.TemporaryDirectory(prefix="pargrade-wheel-") as folder:
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
        done = subprocess.run(command, cwd=_PACKAGE.parent, capture_output=True, text=True, check=False)
        made = sorted(Path(folder).glob("pargrade-*.whl"))
        if done.returncode != 0 or not made:
            raise InputError(
                f"The wheel of pargrade cannot be built from {_PACKAGE.parent}: {_last_line(done.stderr)}",
                "Install hatchling, or install pargrade from a wheel.",
            )
        return Wheel(made[0].name, made[0].read_bytes())


def packages_for(own: Wheel, source: Path | None) -> Mapping[str, bytes]:
    """All wheels for an installation without network, pip's among them; ``PYTHON`` names the version they are for.

    ``source`` is a folder with wheels to take them from, None for the package index.

    Raises:
        InputError: A package cannot be found.
    """
    with tempfile.TemporaryDirectory(prefix="pargrade-wheels-") as folder:
        given, fetched = Path(folder, "given"), Path(folder, "fetched")
        given.mkdir()
        (given / own.name).write_bytes(own.data)
        (given / "constraints.txt").write_bytes(constraints())
        command = [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"),
            *("--only-binary=:all:", "--dest", str(fetched), "--constraint", str(given / "constraints.txt")),
            *(() if sys.platform == "linux" else _FOR_LINUX),
            *(() if source is None else ("--no-index", "--find-links", str(source.resolve()))),
            *(str(given / own.name), "pip"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise InputError(
                f"The packages cannot be downloaded: {_last_line(done.stderr)}",
                "Look at your network, or name a folder with all wheels by --wheels.",
            )
        wheels = {path.name: path.read_bytes() for path in sorted(fetched.glob("*.whl"))}
    return {**wheels, own.name: own.data, "PYTHON": f"{sys.version_info[0]}.{sys.version_info[1]}\n".encode()}


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason was given"])[-1]
