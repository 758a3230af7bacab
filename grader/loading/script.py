"""A Python file as bytes to its text, by the rules of PEP 263."""

from __future__ import annotations

import encodings
import re
from codecs import CodecInfo

from grader.loading.text import (
    Program,
    UnusableError,
    exercise_comment,
    has_code,
    universal_newlines,
    unusable_character,
)
from grader.model.submission import Fault

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"^[ \t\f]*(?:#.*)?$")
_UTF8_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_SIGNATURES = (
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"PK\x03\x04", "a ZIP archive (Word and Excel documents are such archives too)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"%PDF-", "a PDF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Word or Excel document"),
    (b"{\\rtf", "a rich-text document (a word processor saved it, not a code editor)"),
    (b"\x7fELF", "a compiled program"),
    (b"MZ\x90\x00", "a Windows program"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (
        b"\x00\x05\x16\x07",
        "a macOS companion file; the real script has the same name without the leading `._`",
    ),
)
# Codecs that Python would follow, but that hide what the program says, take quadratic time or depend on
# the machine.
_NOT_FOR_FILES = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})


def read_script(data: bytes) -> Program:
    """The script's bytes as they are, and its text.

    Raises:
        UnusableError: It is no text, no readable text, a notebook by another name, or empty.
    """
    _refuse_binary(data)
    source = universal_newlines(_decode(data))
    _refuse_characters(source)
    if not has_code(source):
        raise UnusableError(_empty(source))
    if _is_notebook(source):
        raise UnusableError(_NOTEBOOK)
    return Program(program=data, source=source, exercise_hint=exercise_comment(source))


def declared_encoding(data: bytes) -> str | None:
    """The encoding that a comment in the first two lines names, as it is written there.

    Not ``tokenize.detect_encoding``: that one knows no ``\\r`` line ends and refuses a first line that
    only the encoding named in the second one explains, which Python itself accepts.
    """
    for line in _head(data):
        found = _COOKIE.match(line)
        if found:
            return found[1].decode("ascii")
        if not _BLANK.match(line):
            return None
    return None


def _head(data: bytes) -> list[bytes]:
    """The first two lines, which end as Python ends lines, without a byte-order mark."""
    return re.split(rb"\r\n|\r|\n", data.removeprefix(_UTF8_BOM)[: 1 << 14], maxsplit=2)[:2]


def _decode(data: bytes) -> str:
    declared = declared_encoding(data)
    codec = _codec(declared or "utf-8")
    if data.startswith(_UTF8_BOM):
        if codec != "utf-8":
            raise UnusableError(_contradiction(str(declared)))
        codec = "utf-8-sig"
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        raise UnusableError(_bad_byte(data, error.start, declared)) from error
    if declared is not None and not _still_declares(text, declared):
        raise UnusableError(_wrong_declaration(declared))
    return text


def _codec(name: str) -> str:
    """The name of a text codec of the standard library, ``utf-8`` under all its names.

    Installed packages may register codecs that run code; a student's comment must not reach those.
    """
    try:
        codec: CodecInfo | None = encodings.search_function(name.lower())
        if codec is not None and codec.name.replace("-", "_") not in _NOT_FOR_FILES:
            b"a".decode(codec.name, "replace")
            return codec.name
    except LookupError as error:  # such as hex and rot13, which make no text of bytes
        raise UnusableError(_unknown_encoding(name)) from error
    raise UnusableError(_unknown_encoding(name))


def _still_declares(text: str, declared: str) -> bool:
    """Whether the comment is still there in the decoded text: not so for UTF-16 or EBCDIC."""
    head = universal_newlines(text[: 1 << 14]).split("\n", 2)[:2]
    return any(declared in line and "coding" in line for line in head)


def _refuse_binary(data: bytes) -> None:
    if data.startswith(_WIDE_BOMS) or _looks_wide(data):
        raise UnusableError(_UTF16)
    kind = next((what for start, what in _SIGNATURES if data.startswith(start)), None)
    if kind is not None:
        raise UnusableError(_binary(f"By its first bytes it looks like {kind}."))
    position = data.find(b"\0")
    if position >= 0:
        line = _line_of(data, position)
        raise UnusableError(_binary(f"Line {line} holds a NUL byte, which text never does. The file may be damaged."))


def _looks_wide(data: bytes) -> bool:
    """UTF-16 without a byte-order mark: every other byte of the beginning is zero."""
    head = data[:64]
    halves = (head[0::2], head[1::2])
    return len(head) >= 8 and any(not any(zeros) and all(other) for zeros, other in (halves, halves[::-1]) if other)


def _refuse_characters(source: str) -> None:
    found = unusable_character(source)
    if found is not None:
        line, what = found
        raise UnusableError(
            Fault(
                "undecodable",
                f"Line {line} holds {what}, which no Python program may hold.",
                "Python cannot read the file, so nothing in it was run.",
                _SAVE_AS_UTF8,
            )
        )


def _is_notebook(source: str) -> bool:
    return source.lstrip().startswith("{") and '"nbformat"' in source and '"cells"' in source


def _line_of(data: bytes, position: int) -> int:
    before = data[:position].replace(b"\r\n", b"\n")
    return before.count(b"\n") + before.count(b"\r") + 1


_SAVE_AS_UTF8 = "Save the file again as UTF-8: code editors offer that when saving, or in the status bar."

_UTF16 = Fault(
    "undecodable",
    "The file is saved as UTF-16, which Python does not read.",
    "Some Windows editors call that encoding `Unicode`. Python expects UTF-8.",
    _SAVE_AS_UTF8,
)

_NOTEBOOK = Fault(
    "notebook-as-script",
    "This is a Jupyter notebook with the name of a script.",
    "A notebook is stored as JSON; Python cannot run it as it is.",
    "Let its name end in .ipynb, or export the code in Jupyter as an executable script.",
)


def _empty(source: str) -> Fault:
    what = "holds only comments" if source.strip() else "is empty"
    return Fault(
        "empty-file",
        f"The file {what}: there is no program to run.",
        "Nothing was run.",
        "Did you save it in your editor, and is it the right file?",
    )


def _binary(detail: str) -> Fault:
    return Fault(
        "binary-file",
        "The file is not a text file, so it is no Python program.",
        detail,
        "Hand in the .py file that you edit. Changing the ending of a name does not change what is inside.",
    )


def _bad_byte(data: bytes, start: int, declared: str | None) -> Fault:
    byte = data[start]
    seen = bytes([byte]).decode("cp1252", "replace")
    likely = f" In the old Windows encoding that byte is `{seen}`." if seen.isprintable() else ""
    encoding = declared or "UTF-8"
    why = "the encoding its first lines name" if declared else "what Python expects"
    return Fault(
        "undecodable",
        f"Line {_line_of(data, start)} holds the byte 0x{byte:02X}, which is not valid {encoding}.",
        f"The file is read as {encoding}, {why}; with this byte Python refuses to run it.{likely}",
        _SAVE_AS_UTF8,
    )


def _unknown_encoding(name: str) -> Fault:
    return Fault(
        "undecodable",
        f"The file says that its encoding is `{name}`, and Python knows no such text encoding.",
        "A comment with `coding:` in the first two lines tells Python how to read the file.",
        "Save the file as UTF-8 and remove that comment.",
    )


def _contradiction(name: str) -> Fault:
    return Fault(
        "undecodable",
        f"The file begins as UTF-8 with a byte-order mark, but says that its encoding is `{name}`.",
        "Python refuses to run a file that contradicts itself.",
        "Remove the comment with `coding:` in the first two lines.",
    )


def _wrong_declaration(name: str) -> Fault:
    return Fault(
        "undecodable",
        f"The file says that its encoding is `{name}`, but it is saved in another one.",
        "Read in that encoding, the very line that says so is not there.",
        "Save the file as UTF-8 and remove the comment with `coding:`.",
    )
