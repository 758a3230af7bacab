"""Sources that do not parse, and sources made to break the one who reads them."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.model.facts import Place, SourceFacts

Read = Callable[[str | bytes], SourceFacts]

FAULTS: dict[str, tuple[bytes, int, int, str]] = {
    "missing-colon": (b"x = 1\ndef f()\n    pass\n", 2, 7, "def f()"),
    "indentation": (b"if x:\npass\n", 2, 0, "pass"),
    "tabs-and-spaces": (b"if x:\n        a\n\tb\n", 3, 0, "\tb"),
    "unclosed": (b"x = (1,\n", 1, 4, "x = (1,"),
    "after-an-umlaut": ("ä = = 1\n".encode(), 1, 5, "ä = = 1"),
    "return-outside-function": (b"x = 1\nreturn x\n", 2, 0, "return x"),
    "break-outside-loop": (b"break\n", 1, 0, "break"),
    "nul": (b"x = 1\ny = \0\n", 2, 0, "y = "),
}


@pytest.mark.parametrize(("source", "line", "column", "text"), FAULTS.values(), ids=FAULTS)
def test_a_syntax_fault_has_its_place_and_text(read: Read, source: bytes, line: int, column: int, text: str) -> None:
    fault = read(source).syntax_fault

    assert fault is not None
    assert (fault.place, fault.text) == (Place(line=line, column=column), text)
    assert fault.message


FAULTY_ENCODINGS = {
    "not-utf-8": b"x = '\xff'\n",
    "utf-16": "x = 1\n".encode("utf-16"),
    "binary-codec": b"# coding: hex\nx = 1\n",
    "compressing-codec": b"# coding: zlib\nx = 1\n",
    "bom-against-comment": b"\xef\xbb\xbf# coding: latin-1\nx = 1\n",
}


@pytest.mark.parametrize("source", FAULTY_ENCODINGS.values(), ids=FAULTY_ENCODINGS)
def test_a_source_that_cannot_be_decoded_is_a_syntax_fault(read: Read, source: bytes) -> None:
    facts = read(source)

    assert facts.syntax_fault is not None


def test_an_encoding_that_nobody_knows_is_told(read: Read) -> None:
    facts = read(b"# coding: nowhere\nx = 1\n")

    # A package that registers a codec for every name may recurse here instead of saying no.
    assert facts.syntax_fault is not None or facts.unreadable


READABLE = {
    "empty": b"",
    "only-a-comment": b"# nothing",
    "latin-1": b"# coding: latin-1\ndef f(): return '\xff'\n",
    "utf-7": b"# coding: utf-7\nx = '+AGEAYQ-'\n",
    "utf-8-bom": b"\xef\xbb\xbfdef f(): pass\n",
    "windows-lines": b"def f():\r\n    pass\r\n",
    "old-mac-lines": b"def f():\r    pass\r",
    "form-feed": b"def f():\n    pass\n\x0c\nx = 1\n",
    "warned-escape": b"x = '\\d'\n",
    "warned-comparison": b"x = 1 is 1\n",
    "surrogate-text": b"from multiprocessing import Pool\nPool().map('\\ud800', [])\n",
}


@pytest.mark.parametrize("source", READABLE.values(), ids=READABLE)
def test_an_unusual_source_is_read(read: Read, source: bytes) -> None:
    facts = read(source)

    assert facts.syntax_fault is None
    assert facts.unreadable == ""


def test_letters_that_python_takes_for_others_are_read_as_python_does(read: Read) -> None:
    facts = read("from concurrent.futures import \u2119rocessPoolExecutor\nProcess\U0001d4aboolExecutor()")

    assert len(facts.pools) == 1


# attacks: 94
def test_letters_that_only_look_alike_are_other_names(read: Read) -> None:
    facts = read("from concurrent.futures import ProcessPoolExecutor\n\u0420rocessPoolExecutor()")

    assert facts.pools == ()


TOO_DEEP = {
    "parentheses": b"(" * 10_000 + b"1" + b")" * 10_000,
    "lists": b"[" * 10_000 + b"]" * 10_000,
    "sum": b"a+" * 50_000 + b"a",
    "minus": b"x = " + b"-" * 50_000 + b"1",
    "not": b"x = " + b"not " * 50_000 + b"1",
    "attributes": b"a" + b".b" * 50_000,
    "calls": b"a" + b"()" * 50_000,
    "elif": b"if a: pass\n" + b"elif a: pass\n" * 20_000,
}


# attacks: 94
@pytest.mark.parametrize("source", TOO_DEEP.values(), ids=TOO_DEEP)
def test_a_source_nested_too_deeply_is_unreadable(read: Read, source: bytes) -> None:
    facts = read(source)

    assert "nested too deeply" in facts.unreadable


JUST_READABLE = {
    "sum": b"x = " + b"a+" * 700 + b"a",
    "attributes": b"x = a" + b".b" * 700,
    "calls-of-a-pool": b"pool.map" + b"(f, x, chunksize=3)" * 400,
    "blocks": b"".join(b" " * n + b"if a:\n" for n in range(90)) + b" " * 90 + b"a",
    "lambdas": b"x = " + b"lambda:" * 150 + b"1",
    "chain-of-names": b"".join(b"a%d = a%d\n" % (n + 1, n) for n in range(2000)) + b"a2000.map(1, 2)",
    "chain-of-functions": b"".join(b"def f%d(p): return f%d(p)\n" % (n + 1, n) for n in range(2000)),
    "long-line": b"x = '" + b"a" * 5_000_000 + b"'",
    "huge-number": b"from multiprocessing import Pool\nPool().map(0x" + b"f" * 9_000 + b", x)",
}


@pytest.mark.parametrize("source", JUST_READABLE.values(), ids=JUST_READABLE)
def test_a_source_that_python_still_reads_is_read(read: Read, source: bytes) -> None:
    facts = read(source)

    assert facts.unreadable == ""
    assert facts.syntax_fault is None


def test_more_facts_than_anyone_reads_are_cut(read: Read) -> None:
    facts = read(b"input()\n" * 3000)

    assert len(facts.input_calls) == 1000


# attacks: 94
@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_give_valid_facts(read: Read, source: bytes) -> None:
    facts = read(source)

    assert isinstance(facts, SourceFacts)


WORDS = (
    *(
        "pool",
        "map",
        "x",
        "f",
        "self",
        "partial",
        "ProcessPoolExecutor",
        "Pool",
        "input",
        "N",
        "0",
        "'__main__'",
    ),
    *("def", "class", "lambda", "if", "else", "for", "in", "with", "as", "import", "from", "return", "yield"),
    *(
        "global",
        "del",
        "not",
        "and",
        "(",
        ")",
        "[",
        "]",
        ":",
        ":=",
        ",",
        ".",
        "=",
        "==",
        "+=",
        "*",
        "**",
        "-",
    ),
    *("chunksize=", "\n", "\n    ", "\n        ", "concurrent.futures", "multiprocessing", "__name__", "@"),
)


@given(st.lists(st.sampled_from(WORDS), max_size=40))
@settings(deadline=None, max_examples=300)
def test_any_heap_of_words_gives_valid_facts(read: Read, words: list[str]) -> None:
    facts = read(" ".join(words).replace(" .", ".").replace(". ", "."))

    assert isinstance(facts, SourceFacts)


STATEMENTS = (
    *(
        "from concurrent.futures import *",
        "import multiprocessing as m",
        "p = ProcessPoolExecutor()",
        "p = m.Pool()",
    ),
    *(
        "q = p.map",
        "p = q",
        "q = p",
        "r = q(f, r, chunksize=n)",
        "n = n + 1",
        "n = 4",
        "f = lambda x: x",
        "f = g(f)",
    ),
    *(
        "r = p.map(f, r)",
        "list(r)",
        "[x for x in r]",
        "n[f] += 1",
        "self.p = p",
        "self.p.map(f, self.n)",
        "p = p()",
    ),
    *(
        "def f(p, q=p):\n    return p.map(q, f)",
        "class p(p):\n    def f(self): return self.f(p)",
        "f(p, q)",
        "p(f, r)",
    ),
    *(
        "if __name__ == '__main__':\n    f(p)",
        "with p as q: q.map(f, r)",
        "p, q = q, p",
        "q = m.get_context().Pool",
    ),
)


@given(st.lists(st.sampled_from(STATEMENTS), max_size=15))
@settings(deadline=None, max_examples=300)
def test_any_tangle_of_names_gives_valid_facts(read: Read, statements: list[str]) -> None:
    facts = read("\n".join(statements))

    assert facts.syntax_fault is None
    assert facts.unreadable == ""


def test_the_program_writes_one_line_however_long(
    scanner: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = os.pipe()
    received = bytearray()

    def drain() -> None:
        while part := os.read(reader, 65536):
            received.extend(part)

    (tmp_path / "wörk.py").write_bytes(b"import concurrent\n" + b"chunksize.map(1, chunksize=2)\n" * 3000)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gc.disable", lambda: None)
    monkeypatch.setattr("sys.argv", ["pargrade_scan.py", json.dumps({"script": "wörk.py", "claims_fd": writer})])
    thread = threading.Thread(target=drain)
    thread.start()
    scanner.main()
    os.close(writer)
    thread.join()
    os.close(reader)

    assert len(received) > 1 << 16
    assert received.count(b"\n") == 1
    assert SourceFacts.model_validate_json(received).imports == ("concurrent",)
