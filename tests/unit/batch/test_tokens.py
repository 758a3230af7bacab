"""Any text is words; two programs that differ in form alone are the same ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.batch.tokens import MAX_CHARACTERS, Kind, normalised, tokens

PROGRAM = '''"""What it does."""
import sys
from multiprocessing import Pool

def count(path, *, strict=True):
    """Count."""
    with open(path) as file:
        words = file.read().split()   # all of them
    return len(words)

if __name__ == "__main__":
    with Pool(4) as pool:
        print(sum(pool.map(count, sys.argv[1:], chunksize=8)))
'''


def words(source: str) -> tuple[str, ...]:
    return normalised(tokens(source))


SAME = {
    "names": PROGRAM.replace("count", "tally").replace("words", "w").replace("path", "p").replace("file", "handle"),
    "comments": PROGRAM.replace("\n\n", "\n# a comment\n\n   # another\n"),
    "docstrings": PROGRAM.replace('    """Count."""\n', "").replace("What it does", "Something else"),
    "indentation": PROGRAM.replace("    ", "\t"),
    "spaces": PROGRAM.replace(", ", " ,  ").replace(" = ", "="),
    "line ends": PROGRAM.replace("\n", "\r\n"),
    "old line ends": PROGRAM.replace("\n", "\r"),
    "blank lines": PROGRAM.replace("\n", "\n\n\n"),
    "broken lines": PROGRAM.replace("sum(", "sum(\n").replace("words = ", "words = \\\n    "),
    "no last line end": PROGRAM.rstrip(),
}
OTHER = {
    "a number": PROGRAM.replace("chunksize=8", "chunksize=9"),
    "a string": PROGRAM.replace('"__main__"', '"main"'),
    "a function of Python": PROGRAM.replace("len(words)", "sum(words)"),
    "a method": PROGRAM.replace("pool.map", "pool.imap"),
    "an imported name": PROGRAM.replace("Pool", "ThreadPool"),
    "an operator": PROGRAM.replace("[1:]", "[1]"),
    "depth": PROGRAM.replace("    return len(words)", "        return len(words)"),
    "which name": PROGRAM.replace("open(path)", "open(strict)"),
}


@pytest.mark.parametrize("change", SAME)
def test_form_does_not_count(change: str) -> None:
    assert SAME[change] != PROGRAM
    assert words(SAME[change]) == words(PROGRAM)


@pytest.mark.parametrize("change", OTHER)
def test_content_does(change: str) -> None:
    assert words(OTHER[change]) != words(PROGRAM)


def test_a_comment_sign_in_a_string_is_no_comment() -> None:
    assert words("x = '# no'\n") == ("name 0", "=", "'# no'", "end of line")


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("'it''s'", ["'it'", "'s'"]),
        ('x = """a\n"b" \\""" c"""', ["x", "=", '"""a\n"b" \\""" c"""']),
        (r"rb'\'' Rb'x'", [r"rb'\''", "Rb'x'"]),
        ("x='open\nnext", ["x", "=", "'open", "next"]),
        ("x='''never closed\n(", ["x", "=", "'''never closed\n("]),
        ("a->b **= 1.5e3 ... x:=0x_f", ["a", "->", "b", "**=", "1.5e3", "...", "x", ":=", "0x_f"]),
        ("ä $ \0 ?", ["ä", "$", "\0", "?"]),
    ],
)
def test_whatever_is_written_is_cut_into_tokens(source: str, texts: list[str]) -> None:
    assert [token.text for token in tokens(source) if token.kind is not Kind.LAYOUT] == texts


def test_tokens_know_their_lines() -> None:
    lines = {token.text: token.line for token in tokens('a\n"""\n\n""" + b\nf(\n c,\n)\\\n + d\n')}

    assert {name: lines[name] for name in "abcd"} == {"a": 1, "b": 4, "c": 6, "d": 8}


def test_a_program_beyond_all_size_is_looked_at_in_part() -> None:
    found = tokens("x = 1\n" * MAX_CHARACTERS)

    assert found[-1].line <= MAX_CHARACTERS // 6 + 1


@given(source=st.text(st.sampled_from("ab \t\n\r\f\\'\"#()[]{}:=.1f\0é\ud800"), max_size=60))
def test_any_text_is_tokens_in_the_order_of_its_lines(source: str) -> None:
    found = tokens(source)

    assert [token.line for token in found] == sorted(token.line for token in found)
    assert normalised(found) == normalised(tokens(source))
