"""Names of files in an archive or a folder: which may be used, which are nobody's work, and which clash."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from grader.errors import printable
from grader.loading.reading import safe_name

PROGRAMS = (".py", ".ipynb")
OTHER_ARCHIVES = (".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst")
_MAX_PART_BYTES = 200
_MAX_PARTS = 40
_MAX_BYTES = 1000
"""Of a whole name: with folders above it, a system takes some 4,000."""
_IGNORED_FOLDERS = frozenset({"__MACOSX", "__pycache__", "venv", "site-packages", "node_modules"})
_IGNORED_FILES = frozenset({"thumbs.db", "desktop.ini"})
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\..*)?", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:")
_KEY = re.compile(r"[^\W_][\w.@+ -]{0,79}")
_NOT_IN_A_KEY = re.compile(r"[^\w.@+-]+")


def is_program(name: str) -> bool:
    """Whether the name is that of a script or a notebook."""
    return name.lower().endswith(PROGRAMS)


def is_zip(name: str) -> bool:
    """Whether the name is that of a zip archive."""
    return name.lower().endswith(".zip")


def may_be_work(name: str) -> bool:
    """Whether a file of this name may be what a student handed in: a program, or an archive of one."""
    return name.lower().endswith((*PROGRAMS, *OTHER_ARCHIVES, ".zip"))


def shown(name: str) -> str:
    """The name on one line of a message."""
    return printable(safe_name(name))


def danger(name: str) -> str:
    """Why a name with ``/`` between its parts must not be used, or an empty string."""
    parts = name.split("/")
    if name.startswith("/") or _DRIVE.match(name):
        return "its name is absolute, so it asks to be written outside of its folder"
    if ".." in parts:
        return "its name leads out of the folder it belongs in"
    if "\\" in name or any(unicodedata.category(c) == "Cc" for c in name):
        return "its name holds a backslash or a control character"
    if any(_DEVICE.fullmatch(part) for part in parts):
        return "its name is that of a device on Windows"
    sizes = [len(part.encode("utf-8", "replace")) for part in parts]
    if len(parts) > _MAX_PARTS or max(sizes) > _MAX_PART_BYTES or sum(sizes) > _MAX_BYTES:
        return "its name is too long"
    return ""


def is_ignored(name: str) -> bool:
    """Whether a file is the system's or a tool's own and nobody's work: it is passed over without a word."""
    *folders, last = name.split("/")
    if last.startswith((".", "~$")) or last.lower() in _IGNORED_FILES or last == "":
        return True
    return any(folder in _IGNORED_FOLDERS or folder.startswith(".") for folder in folders)


def clashing(names: Iterable[str]) -> dict[str, str]:
    """Names that some system holds for the same as another one, each with the reason.

    Two that are alike but for case or the way accents are written are one file on many disks, so nobody could say
    which of them was meant.
    """
    folded: dict[str, list[str]] = {}
    for name in names:
        folded.setdefault(unicodedata.normalize("NFC", name).casefold(), []).append(name)
    found: dict[str, str] = {}
    for key, alike in folded.items():
        if len(alike) > 1:
            others = ", ".join(sorted({shown(name) for name in alike}))
            found |= dict.fromkeys(alike, f"several entries have this name, but for case or accents: {others}")
        elif any(str(parent) in folded for parent in PurePosixPath(key).parents):
            found[alike[0]] = "a file has the name of the folder that it would be in"
    return found


def key_of(label: str) -> str:
    """A key for a student: the label itself where it is plain, else made plain and told apart by a digest.

    The same label always gives the same key, and two labels never give one.
    """
    plain = unicodedata.normalize("NFC", safe_name(label))
    if plain == label and _KEY.fullmatch(plain) and not plain.endswith((" ", ".")):
        return plain
    digest = hashlib.sha256(label.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    words = _NOT_IN_A_KEY.sub("-", plain).strip("-._")[:60]
    return f"{words or 'student'}~{digest}"
