from __future__ import annotations

from collections.abc import Callable

import pytest

from grader.model.facts import ChunkSizeSource, FunctionKind, Place, PoolKind, SourceFacts

Read = Callable[[str | bytes], SourceFacts]

HEAD = """\
import concurrent.futures as cf, contextlib, functools, math, multiprocessing as mp
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, Executor
from functools import partial
def f(x): return x
xs = [1, 2]
"""

CALLED_ON_A_PROCESS_POOL = {
    "with": "with ProcessPoolExecutor() as pool:\n    pool.map(f, xs)",
    "two-items-in-with": "with open('x') as a, ProcessPoolExecutor() as pool:\n    pool.map(f, xs)",
    "assigned": "pool = ProcessPoolExecutor()\npool.map(f, xs)",
    "annotated": "pool: ProcessPoolExecutor = ProcessPoolExecutor()\npool.map(f, xs)",
    "walrus": "with (pool := ProcessPoolExecutor()):\n    pool.map(f, xs)",
    "directly": "ProcessPoolExecutor().map(f, xs)",
    "none-first": "pool = None\npool = ProcessPoolExecutor()\npool.map(f, xs)",
    "attribute": (
        "class Job:\n    def __init__(self):\n        self.pool = ProcessPoolExecutor()\n"
        "    def go(self):\n        return self.pool.map(f, xs)"
    ),
    "class-attribute": (
        "class Job:\n    pool = ProcessPoolExecutor()\n    def go(self):\n        self.pool.map(f, xs)"
    ),
    "annotated-parameter": "def go(pool: ProcessPoolExecutor):\n    pool.map(f, xs)",
    "optional-parameter": "def go(pool: ProcessPoolExecutor | None = None):\n    pool.map(f, xs)",
    "parameter": (
        "def go(n, pool):\n    pool.map(f, xs)\ndef main():\n    with ProcessPoolExecutor() as p:\n        go(1, p)"
    ),
    "parameter-of-method": (
        "class Job:\n    def go(self, pool):\n        pool.map(f, xs)\ndef main():\n    Job().go(ProcessPoolExecutor())"
    ),
    "returned": "def make():\n    return ProcessPoolExecutor()\nwith make() as pool:\n    pool.map(f, xs)",
    "context-manager": (
        "@contextlib.contextmanager\ndef make():\n    yield ProcessPoolExecutor()\n"
        "with make() as pool:\n    pool.map(f, xs)"
    ),
    "exit-stack": (
        "with contextlib.ExitStack() as stack:\n    pool = stack.enter_context(ProcessPoolExecutor())\n"
        "    pool.map(f, xs)"
    ),
    "bound-method": "pool = ProcessPoolExecutor()\nm = pool.map\nm(f, xs)",
    "partial-of-method": "pool = ProcessPoolExecutor()\ngo = partial(pool.map, f)\ngo(xs)",
    "global": "pool = ProcessPoolExecutor()\ndef go():\n    pool.map(f, xs)",
    "subclass-calls-itself": "class Mine(ProcessPoolExecutor):\n    def go(self):\n        self.map(f, xs)",
    "subclass-calls-super": ("class Mine(ProcessPoolExecutor):\n    def map(self, g):\n        super().map(f, xs)"),
    "in-comprehension": "with ProcessPoolExecutor() as pool:\n    [r for r in pool.map(f, xs)]",
    "keyword": "with ProcessPoolExecutor() as pool:\n    pool.map(fn=f, iterables=xs)",
}


@pytest.mark.parametrize("source", CALLED_ON_A_PROCESS_POOL.values(), ids=CALLED_ON_A_PROCESS_POOL)
def test_a_call_knows_its_pool(read: Read, source: str) -> None:
    facts = read(HEAD + source)

    assert [(call.method, call.pool, call.function) for call in facts.calls] == [("map", PoolKind.PROCESS, "f")]


@pytest.mark.parametrize(
    "method",
    ["map", "starmap", "imap", "imap_unordered", "map_async", "starmap_async", "apply", "apply_async"],
)
def test_every_method_of_a_multiprocessing_pool_is_found(read: Read, method: str) -> None:
    facts = read(f"{HEAD}with mp.Pool() as pool:\n    pool.{method}(f, xs)")

    assert [(call.method, call.pool) for call in facts.calls] == [(method, PoolKind.MULTIPROCESSING)]


def test_submit_is_found_with_its_place(read: Read) -> None:
    facts = read("import concurrent.futures as cf\nwith cf.ThreadPoolExecutor() as pool:\n    pool.submit(len, [])")

    assert (facts.calls[0].method, facts.calls[0].pool) == ("submit", PoolKind.THREAD)
    assert facts.calls[0].place == Place(line=3, column=4)


UNKNOWN_POOL = {
    "parameter": ("with ProcessPoolExecutor() as p: pass\ndef go(pool):\n    pool.map(f, xs)", ["map"]),
    "chunksize-speaks-for-it": ("def go(pool):\n    pool.map(f, xs, chunksize=2)", ["map"]),
    "abstract-executor": ("def go(pool: Executor):\n    pool.map(f, xs)", ["map"]),
    "no-pool-in-the-file": ("def go(thing):\n    thing.map(f, xs)", []),
    "column-of-a-table": ("with ProcessPoolExecutor() as p: pass\ndef go(t):\n    t['a'].map(f)", []),
    "apply-of-a-table": ("with ProcessPoolExecutor() as p: pass\ndef go(t):\n    t.apply(f, 1)", []),
    "imported-thing": (
        "import pandas\nwith ProcessPoolExecutor() as p: pass\npandas.Series().map(f, xs)",
        [],
    ),
    "own-method": (
        "class A:\n    def map(self, f, xs): pass\nwith ProcessPoolExecutor() as p: pass\nA().map(f, xs)",
        [],
    ),
    "builtin-map": ("with ProcessPoolExecutor() as p: pass\nlist(map(f, xs))", []),
    "itertools": ("import itertools\nwith ProcessPoolExecutor() as p: pass\nitertools.starmap(f, xs)", []),
}


@pytest.mark.parametrize(("source", "methods"), UNKNOWN_POOL.values(), ids=UNKNOWN_POOL)
def test_a_call_on_an_unknown_thing_is_kept_only_when_it_may_be_a_pool(
    read: Read, source: str, methods: list[str]
) -> None:
    facts = read(HEAD + source)

    assert [call.method for call in facts.calls if call.pool is None] == methods
    assert len(facts.calls) == len(methods)


FUNCTION_KINDS = {
    "named": ("", "f", FunctionKind.NAMED),
    "imported": ("", "math.sqrt", FunctionKind.NAMED),
    "builtin": ("", "len", FunctionKind.NAMED),
    "builtin-method": ("", "str.lower", FunctionKind.NAMED),
    "renamed": ("g = f", "g", FunctionKind.NAMED),
    "static-method": ("class A:\n    @staticmethod\n    def s(x): pass", "A.s", FunctionKind.NAMED),
    "lambda": ("", "lambda x: x", FunctionKind.LAMBDA),
    "lambda-with-a-name": ("g = lambda x: x", "g", FunctionKind.LAMBDA),
    "made-by-a-function": ("def make():\n    def g(x): pass\n    return g", "make()", FunctionKind.NESTED),
    "partial": ("", "partial(f, 1)", FunctionKind.PARTIAL),
    "partial-with-a-name": ("g = functools.partial(f, 1)", "g", FunctionKind.PARTIAL),
    "partial-of-lambda": ("", "partial(lambda x: x)", FunctionKind.LAMBDA),
    "bound-method": ("class A:\n    def go(self, x): pass\na = A()", "a.go", FunctionKind.OTHER),
    "unknown": ("def h(g): pass", "unknown_name", FunctionKind.OTHER),
}


@pytest.mark.parametrize(("before", "function", "kind"), FUNCTION_KINDS.values(), ids=FUNCTION_KINDS)
def test_the_kind_of_the_mapped_function(read: Read, before: str, function: str, kind: FunctionKind) -> None:
    facts = read(f"{HEAD}{before}\nwith ProcessPoolExecutor() as pool:\n    pool.map({function}, xs)")

    assert (facts.calls[0].function, facts.calls[0].function_kind) == (function, kind)


def test_a_function_defined_inside_a_function_is_nested(read: Read) -> None:
    facts = read(
        HEAD + "def main():\n    def g(x):\n        return x\n"
        "    with ProcessPoolExecutor() as pool:\n        pool.map(g, xs)"
    )

    assert facts.calls[0].function_kind is FunctionKind.NESTED


def test_a_long_function_is_cut_to_a_readable_length(read: Read) -> None:
    facts = read(HEAD + "ProcessPoolExecutor().map(lambda x: " + "x + " * 100 + "1, xs)")

    assert len(facts.calls[0].function) == 80
    assert facts.calls[0].function.endswith("...")


CONSTANT = ChunkSizeSource.CONSTANT
COMPUTED = ChunkSizeSource.COMPUTED
HIDDEN = ChunkSizeSource.HIDDEN
ABSENT = ChunkSizeSource.ABSENT

CHUNK_SIZES = {
    "number": ("", "f, xs, chunksize=5", CONSTANT, 5),
    "one": ("", "f, xs, chunksize=1", CONSTANT, 1),
    "negative": ("", "f, xs, chunksize=-1", CONSTANT, -1),
    "arithmetic": ("", "f, xs, chunksize=2 * 3 + 10 // 3 - 2 ** 2 % 3", CONSTANT, 8),
    "none": ("", "f, xs, chunksize=None", CONSTANT, None),
    "name": ("N = 4", "f, xs, chunksize=N", CONSTANT, 4),
    "name-of-a-name": ("M = 4\nN = M * 2", "f, xs, chunksize=N", CONSTANT, 8),
    "name-bound-twice": ("N = 4\nN = 5", "f, xs, chunksize=N", COMPUTED, None),
    "name-changed": ("N = 4\nN += 1", "f, xs, chunksize=N", COMPUTED, None),
    "name-of-itself": ("N = N + 1", "f, xs, chunksize=N", COMPUTED, None),
    "computed": ("", "f, xs, chunksize=len(xs) // 4", COMPUTED, None),
    "divided-by-zero": ("", "f, xs, chunksize=1 // 0", COMPUTED, None),
    "enormous-power": ("", "f, xs, chunksize=9 ** 9 ** 9", COMPUTED, None),
    "enormous-number": ("", "f, xs, chunksize=" + "9" * 1000, COMPUTED, None),
    "keywords": ("o = {'chunksize': 5}", "f, xs, **o", HIDDEN, None),
    "keyword-beside-keywords": ("o = {}", "f, xs, chunksize=5, **o", CONSTANT, 5),
    "absent": ("", "f, xs", ABSENT, None),
    "third-positional-is-an-iterable": ("", "f, xs, 5", ABSENT, None),
}


@pytest.mark.parametrize(("before", "arguments", "source", "value"), CHUNK_SIZES.values(), ids=CHUNK_SIZES)
def test_the_chunk_size_of_an_executor_map(
    read: Read, before: str, arguments: str, source: ChunkSizeSource, value: int | None
) -> None:
    facts = read(f"{HEAD}{before}\nwith ProcessPoolExecutor() as pool:\n    pool.map({arguments})")

    assert (facts.calls[0].chunksize, facts.calls[0].chunksize_value) == (source, value)


def test_a_chunk_size_named_in_the_same_function_is_constant(read: Read) -> None:
    facts = read(HEAD + "def main():\n    n = 7\n    ProcessPoolExecutor().map(f, xs, chunksize=n)")

    assert facts.calls[0].chunksize_value == 7


def test_a_chunk_size_that_is_a_parameter_is_computed(read: Read) -> None:
    facts = read(HEAD + "def main(n=7):\n    ProcessPoolExecutor().map(f, xs, chunksize=n)")

    assert facts.calls[0].chunksize is COMPUTED


def test_the_place_of_the_chunk_size_is_its_keyword(read: Read) -> None:
    facts = read(
        "from concurrent.futures import ProcessPoolExecutor\n"
        "ProcessPoolExecutor().map(\n    len,\n    [],\n    chunksize=5,\n)"
    )

    assert facts.calls[0].chunksize_place == Place(line=5, column=4)


def test_a_subclass_with_its_own_map_may_set_the_chunk_size(read: Read) -> None:
    facts = read(
        HEAD + "class Mine(ProcessPoolExecutor):\n"
        "    def map(self, g, *its, chunksize=4):\n        return super().map(g, *its, chunksize=chunksize)\n"
        "Mine().map(f, xs)"
    )

    assert facts.calls[-1].chunksize is HIDDEN


PARTIALS = {
    "shown": ("partial(pool.map, f, chunksize=5)(xs)", CONSTANT, 5),
    "overruled": ("partial(pool.map, f, chunksize=5)(xs, chunksize=6)", CONSTANT, 6),
    "hidden": ("partial(pool.map, f, **options())(xs)", HIDDEN, None),
    "absent": ("partial(pool.map, f)(xs)", ABSENT, None),
}


@pytest.mark.parametrize(("call", "source", "value"), PARTIALS.values(), ids=PARTIALS)
def test_the_chunk_size_in_a_partial(read: Read, call: str, source: ChunkSizeSource, value: int | None) -> None:
    facts = read(f"{HEAD}pool = ProcessPoolExecutor()\n{call}")

    assert (facts.calls[0].chunksize, facts.calls[0].chunksize_value) == (source, value)
    assert facts.calls[0].function == "f"


POSITIONAL = {
    "map": ("pool.map(f, xs, 5)", CONSTANT, 5),
    "imap": ("pool.imap(f, xs, 6)", CONSTANT, 6),
    "keyword": ("pool.starmap(f, xs, chunksize=7)", CONSTANT, 7),
    "starred": ("pool.map(*xs)", HIDDEN, None),
    "two": ("pool.map(f, xs)", ABSENT, None),
    "apply-has-none": ("pool.apply(f, xs, {})", ABSENT, None),
}


@pytest.mark.parametrize(("call", "source", "value"), POSITIONAL.values(), ids=POSITIONAL)
def test_the_third_argument_of_a_multiprocessing_map_is_the_chunk_size(
    read: Read, call: str, source: ChunkSizeSource, value: int | None
) -> None:
    facts = read(f"{HEAD}with mp.Pool() as pool:\n    {call}")

    assert (facts.calls[0].chunksize, facts.calls[0].chunksize_value) == (source, value)


ELSEWHERE = {
    "builtin-map": ("list(map(f, xs, chunksize=5))", ["map"]),
    "pool-class": ("ProcessPoolExecutor(chunksize=5)", ["ProcessPoolExecutor"]),
    "submit": ("ProcessPoolExecutor().submit(f, 1, chunksize=5)", ["ProcessPoolExecutor().submit"]),
    "reduce": ("functools.reduce(f, xs, chunksize=5)", ["functools.reduce"]),
    "list": ("list(ProcessPoolExecutor().map(f, xs), chunksize=5)", ["list"]),
    "own-function": ("def g(a): pass\ng(1, chunksize=5)", ["g"]),
    "thread-map": ("ThreadPoolExecutor().map(f, xs, chunksize=5)", ["ThreadPoolExecutor().map"]),
    "partial-of-own": ("def g(a): pass\npartial(g, chunksize=5)", ["partial"]),
    "process-map": ("ProcessPoolExecutor().map(f, xs, chunksize=5)", []),
    "multiprocessing-map": ("mp.Pool().map(f, xs, chunksize=5)", []),
    "own-wrapper": ("def g(a, chunksize): pass\ng(1, chunksize=5)", []),
    "own-wrapper-with-kwargs": ("def g(a, **rest): pass\ng(1, chunksize=5)", []),
    "own-class": ("class G:\n    def __init__(self, chunksize): pass\nG(chunksize=5)", []),
    "partial-of-map": ("partial(ProcessPoolExecutor().map, chunksize=5)", []),
    "options": ("dict(chunksize=5)", []),
    "other-library": ("import pandas\npandas.read_csv('x', chunksize=5)", []),
    "unknown-thing": ("def g(thing):\n    thing.go(chunksize=5)", []),
}


@pytest.mark.parametrize(("source", "names"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_chunk_size_on_a_call_that_ignores_it(read: Read, source: str, names: list[str]) -> None:
    facts = read(HEAD + source)

    assert [fact.name for fact in facts.chunksize_elsewhere] == names
