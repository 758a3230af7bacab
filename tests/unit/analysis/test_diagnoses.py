from __future__ import annotations

from collections.abc import Callable

import pytest

from grader.model.facts import DoubleUse, Place, SourceFacts, WorkerWrite

Read = Callable[[str | bytes], SourceFacts]

HEAD = """\
import functools, itertools, multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
TOTALS = {}
def f(x): return x
"""

WAITS = {
    "input": ("input()", [1]),
    "in-function": ("def f():\n    return int(input('n'))", [2]),
    "read": ("import sys\nsys.stdin.read()", [2]),
    "readline": ("from sys import stdin\nstdin.readline()", [2]),
    "bytes": ("import sys\nsys.stdin.buffer.read()", [2]),
    "loop": ("import sys\nfor line in sys.stdin:\n    pass", [2]),
    "comprehension": ("import sys\n[line for line in sys.stdin]", [2]),
    "list": ("import sys\nlist(sys.stdin)", [2]),
    "descriptor": ("open(0).read()", [1]),
    "own-input": ("def input(): pass\ninput()", []),
    "parameter": ("def f(input):\n    input()", []),
    "method": ("class A: pass\nA().input()", []),
    "only-asked-about": ("import sys\nprint(sys.stdin)\nsys.stdin.isatty()", []),
}


@pytest.mark.parametrize(("source", "lines"), WAITS.values(), ids=WAITS)
def test_where_the_program_waits_for_the_keyboard(read: Read, source: str, lines: list[int]) -> None:
    facts = read(source)

    assert [place.line for place in facts.input_calls] == lines


WRITES = {
    "global": "    global N\n    N = 1",
    "augmented": "    global N\n    N += 1",
    "item": "    N[x] += 1",
    "nested-item": "    N[x][x] = 1",
    "attribute": "    N.total = 1",
    "deleted": "    del N[x]",
    "append": "    N.append(x)",
    "update": "    N.update({})",
    "item-append": "    N[x].append(x)",
    "in-a-loop": "    for y in x:\n        N[y] = 1",
    "in-a-comprehension": "    [N.append(y) for y in x]",
}


@pytest.mark.parametrize("body", WRITES.values(), ids=WRITES)
def test_a_mapped_function_that_changes_a_global_is_found(read: Read, body: str) -> None:
    facts = read(f"{HEAD}N = make()\ndef g(x):\n{body}\nProcessPoolExecutor().map(g, [])")

    assert [(write.function, write.name) for write in facts.worker_writes] == [("g", "N")]


NO_WRITES = {
    "local": "    N = {}\n    N[x] = 1",
    "parameter": "    x.append(1)",
    "read": "    return N[x]",
    "other-method": "    return N.get(x)",
    "loop-variable": "    for N in x:\n        N.append(1)",
    "module-function": "    itertools.update(x)",
    "shared-by-processes": "    SHARED.value += 1",
    "unknown-name": "    nowhere.append(1)",
}


@pytest.mark.parametrize("body", NO_WRITES.values(), ids=NO_WRITES)
def test_a_mapped_function_that_leaves_globals_alone(read: Read, body: str) -> None:
    facts = read(
        f"{HEAD}N = make()\nSHARED = multiprocessing.Value('i')\ndef g(x):\n{body}\nProcessPoolExecutor().map(g, [])"
    )

    assert facts.worker_writes == ()


REACHES = {
    "submit": "def go():\n    ProcessPoolExecutor().submit(write, 1)",
    "unknown-pool": "def go(pool):\n    pool.map(write, [], chunksize=2)",
    "called-by-it": "def g(x):\n    write(x)\nProcessPoolExecutor().map(g, [])",
    "called-far-down": "def g(x):\n    h(x)\ndef h(x):\n    write(x)\nProcessPoolExecutor().map(g, [])",
    "handed-on": "def g(x):\n    functools.reduce(write, x)\nProcessPoolExecutor().map(g, [])",
    "partial": "ProcessPoolExecutor().map(functools.partial(write, 1), [])",
    "calls-each-other": "def g(x):\n    g(x)\n    write(x)\nProcessPoolExecutor().map(g, [])",
}


@pytest.mark.parametrize("source", REACHES.values(), ids=REACHES)
def test_a_write_is_found_wherever_a_worker_reaches_it(read: Read, source: str) -> None:
    facts = read(f"{HEAD}def write(x):\n    TOTALS[x] = 1\n{source}")

    assert facts.worker_writes == (WorkerWrite(function="write", name="TOTALS", place=Place(line=7, column=4)),)


@pytest.mark.parametrize(
    "source",
    [
        "write(1)",
        "ThreadPoolExecutor().map(write, [])",
        "list(map(write, []))",
        "ProcessPoolExecutor(2, None, write)",
    ],
    ids=["main-process", "threads", "builtin-map", "initializer"],
)
def test_a_write_outside_workers_stays(read: Read, source: str) -> None:
    facts = read(f"{HEAD}def write(x):\n    TOTALS[x] = 1\n{source}")

    assert facts.worker_writes == ()


TWICE = {
    "generator": "r = (x for x in xs)\nlist(r)\nsum(r)",
    "map": "r = map(f, xs)\nfor x in r: pass\nfor x in r: pass",
    "filter": "r = filter(f, xs)\n[x for x in r]\nprint(*r)",
    "zip": "r = zip(xs, xs)\ndict(r)\nset(r)",
    "pool-map": "r = ProcessPoolExecutor().map(f, xs)\nprint(max(r))\nprint(min(r))",
    "imap": "r = multiprocessing.Pool().imap(f, xs)\nany(r)\nall(r)",
    "own-generator": "def g():\n    yield 1\nr = g()\nlist(r)\nlist(r)",
    "path-walk": "r = Path('x').glob('*')\nn = len(list(r))\nProcessPoolExecutor().map(f, r)",
    "joined": "r = map(str, xs)\n' '.join(r)\n' '.join(r)",
    "reduced": "r = map(f, xs)\nfunctools.reduce(f, r)\nfunctools.reduce(f, r)",
    "unpacked": "r = map(f, xs)\na, b = r\nc, d = r",
    "first-in-a-condition": "r = map(f, xs)\nif xs:\n    print(list(r))\nfor x in r: pass",
    "wrapped": "r = map(f, xs)\nfor i, x in enumerate(r): pass\nlist(r)",
    "in-function": "def g():\n    r = map(f, xs)\n    list(r)\n    return list(r)",
    "own-function": "def add_up(parts):\n    for part in parts: pass\nr = map(f, xs)\nsum(r)\nadd_up(r)",
    "own-function-of-own": "def g(a):\n    list(a)\ndef h(x, a):\n    g(a)\nr = map(f, xs)\nh(1, r)\nh(2, r)",
}


@pytest.mark.parametrize("source", TWICE.values(), ids=TWICE)
def test_what_can_be_gone_through_once_is_gone_through_twice(read: Read, source: str) -> None:
    facts = read(f"{HEAD}{source}")

    assert [use.name for use in facts.double_uses] == ["r"]


NOT_TWICE = {
    "list": "r = list(map(f, xs))\nlist(r)\nsum(r)",
    "multiprocessing-map": "r = multiprocessing.Pool().map(f, xs)\nlist(r)\nsum(r)",
    "once": "r = map(f, xs)\nlist(r)",
    "made-a-list": "r = map(f, xs)\nr = list(r)\nsum(r)\nsum(r)",
    "made-again": "r = map(f, xs)\nlist(r)\nr = map(f, xs)\nlist(r)",
    "branches": "r = map(f, xs)\nif xs:\n    list(r)\nelse:\n    list(r)",
    "fallback": "r = map(f, xs)\ntry:\n    list(r)\nexcept ValueError:\n    list(r)",
    "cases": "r = map(f, xs)\nmatch xs:\n    case 1:\n        list(r)\n    case _:\n        list(r)",
    "conditional-expression": "r = map(f, xs)\ny = list(r) if xs else tuple(r)",
    "returned-before": "def g():\n    r = map(f, xs)\n    if xs:\n        return list(r)\n    return sum(r)",
    "left-after": (
        "def g():\n    r = map(f, xs)\n    if xs:\n        print(list(r))\n        return\n    print(sum(r))"
    ),
    "own-function-keeps-it": "def g(a):\n    return a\nr = map(f, xs)\ng(r)\nlist(r)",
    "own-function-binds-it-anew": "def g(a):\n    a = [1]\n    list(a)\nr = map(f, xs)\ng(r)\nlist(r)",
    "own-function-calls-itself": "def g(a):\n    g(a)\nr = map(f, xs)\ng(r)\nlist(r)",
    "next": "r = map(f, xs)\nnext(r)\nlist(r)",
    "goes-on-after-break": "r = map(f, xs)\nfor x in r:\n    break\nfor x in r: pass",
    "pairing": "r = iter(xs)\ndict(zip(r, r))",
    "other-function": "def g():\n    r = map(f, xs)\n    list(r)\ndef h():\n    r = map(f, xs)\n    list(r)",
}


@pytest.mark.parametrize("source", NOT_TWICE.values(), ids=NOT_TWICE)
def test_what_is_no_double_use(read: Read, source: str) -> None:
    facts = read(f"{HEAD}xs = [1]\n{source}")

    assert facts.double_uses == ()


def test_a_double_use_tells_where_it_was_made_and_used(read: Read) -> None:
    facts = read("r = map(str, [])\nlist(r)\n\nsum(r)")

    assert facts.double_uses == (
        DoubleUse(
            name="r",
            made=Place(line=1, column=0),
            first=Place(line=2, column=5),
            second=Place(line=4, column=4),
        ),
    )


def test_functions_classes_and_methods_are_listed_in_order(read: Read) -> None:
    facts = read(
        "def a():\n    def inner(): pass\nclass B:\n    def c(self): pass\nasync def d(): pass\n"
        "if True:\n    def e(): pass\n"
    )

    assert facts.functions == ("a", "B", "B.c", "d", "e")


def test_imports_are_listed_by_their_top_level_name(read: Read) -> None:
    facts = read(
        "import os.path, sys as s\nfrom concurrent.futures import wait\nfrom . import x\ndef f():\n    import re"
    )

    assert facts.imports == ("os", "sys", "concurrent", "re")


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("multiprocessing.Manager()", [6]),
        ("from multiprocessing import Manager as M\nm = M()", [7]),
        ("def Manager(): pass\nManager()", []),
    ],
)
def test_managers_are_found_where_they_are_made(read: Read, source: str, lines: list[int]) -> None:
    assert [place.line for place in read(HEAD + source).managers] == lines


@pytest.mark.parametrize(
    ("handler", "found"),
    [
        ("except:\n    pass", True),
        ("except Exception:\n    pass", True),
        ("except BaseException as error:\n    pass", True),
        ("except Exception as error:\n    print(error)", False),
        ("except Exception:\n    raise", False),
        ("except KeyError:\n    pass", False),
    ],
)
def test_only_handlers_that_catch_all_and_do_nothing_swallow(read: Read, handler: str, found: bool) -> None:
    assert bool(read(HEAD + "try:\n    f(1)\n" + handler).swallowed) is found


@pytest.mark.parametrize(
    ("argument", "kind"),
    [("f", "named"), ("f(1)", "called"), ("functools.partial(f, 1)", "partial"), ("make(1)", "other")],
)
def test_a_function_that_is_called_is_told_from_one_that_is_handed_over(read: Read, argument: str, kind: str) -> None:
    facts = read(HEAD + f"with ProcessPoolExecutor() as pool:\n    pool.map({argument}, [1])")

    assert [call.function_kind for call in facts.calls] == [kind]
