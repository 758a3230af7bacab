from __future__ import annotations

from collections.abc import Callable

import pytest

from grader.model.facts import Place, PoolKind, SourceFacts

Read = Callable[[str | bytes], SourceFacts]

PROCESS = PoolKind.PROCESS
THREAD = PoolKind.THREAD
MULTIPROCESSING = PoolKind.MULTIPROCESSING

MAKES_A_POOL = {
    "from-import": ("from concurrent.futures import ProcessPoolExecutor\nProcessPoolExecutor(4)", PROCESS),
    "from-import-as": ("from concurrent.futures import ProcessPoolExecutor as P\nP()", PROCESS),
    "import": ("import concurrent.futures\nconcurrent.futures.ProcessPoolExecutor()", PROCESS),
    "import-as": ("import concurrent.futures as cf\ncf.ProcessPoolExecutor()", PROCESS),
    "from-package": ("from concurrent import futures\nfutures.ProcessPoolExecutor()", PROCESS),
    "submodule": (
        "import concurrent.futures.process\nconcurrent.futures.process.ProcessPoolExecutor()",
        PROCESS,
    ),
    "star-import": ("from concurrent.futures import *\nProcessPoolExecutor()", PROCESS),
    "import-in-function": (
        "def main():\n    import concurrent.futures as cf\n    cf.ProcessPoolExecutor()",
        PROCESS,
    ),
    "alias": ("from concurrent.futures import ProcessPoolExecutor\nP = ProcessPoolExecutor\nP()", PROCESS),
    "alias-of-attribute": ("import concurrent.futures as cf\nP = cf.ProcessPoolExecutor\nP()", PROCESS),
    "alias-of-module": (
        "import concurrent.futures\ncf = concurrent.futures\ncf.ProcessPoolExecutor()",
        PROCESS,
    ),
    "alias-in-pair": ("import concurrent.futures as cf\nn, P = 4, cf.ProcessPoolExecutor\nP(n)", PROCESS),
    "fallback-import": (
        "try:\n    from concurrent.futures import ProcessPoolExecutor\n"
        "except ImportError:\n    ProcessPoolExecutor = None\nProcessPoolExecutor()",
        PROCESS,
    ),
    "subclass": (
        "from concurrent.futures import ProcessPoolExecutor\nclass Mine(ProcessPoolExecutor):\n    pass\nMine()",
        PROCESS,
    ),
    "subclass-of-subclass": (
        "import concurrent.futures as cf\nclass A(cf.ProcessPoolExecutor): pass\nclass B(A): pass\nB()",
        PROCESS,
    ),
    "partial": (
        "import functools\nfrom concurrent.futures import ProcessPoolExecutor\n"
        "make = functools.partial(ProcessPoolExecutor, 4)\nmake()",
        PROCESS,
    ),
    "kwargs": (
        "from concurrent.futures import ProcessPoolExecutor\no = {}\nProcessPoolExecutor(**o)",
        PROCESS,
    ),
    "class-as-default": (
        "from concurrent.futures import ProcessPoolExecutor\ndef f(pool_class=ProcessPoolExecutor):\n    pool_class()",
        PROCESS,
    ),
    "class-as-argument": (
        "from concurrent.futures import ProcessPoolExecutor\ndef f(pool_class):\n    pool_class()\n"
        "def main():\n    f(ProcessPoolExecutor)",
        PROCESS,
    ),
    "threads": ("from concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor()", THREAD),
    "threads-module": ("import concurrent.futures as cf\ncf.ThreadPoolExecutor()", THREAD),
    "pool": ("import multiprocessing\nmultiprocessing.Pool(4)", MULTIPROCESSING),
    "pool-from": ("from multiprocessing import Pool\nPool()", MULTIPROCESSING),
    "pool-submodule": ("import multiprocessing.pool\nmultiprocessing.pool.Pool()", MULTIPROCESSING),
    "pool-of-context": ("import multiprocessing as mp\nmp.get_context('spawn').Pool()", MULTIPROCESSING),
    "pool-of-named-context": (
        "from multiprocessing import get_context\nctx = get_context('spawn')\nctx.Pool()",
        MULTIPROCESSING,
    ),
    "thread-pool": ("from multiprocessing.pool import ThreadPool\nThreadPool()", THREAD),
    "dummy-pool": ("from multiprocessing.dummy import Pool\nPool()", THREAD),
    "dummy-module": ("import multiprocessing.dummy as mp\nmp.Pool()", THREAD),
}


@pytest.mark.parametrize(("source", "kind"), MAKES_A_POOL.values(), ids=MAKES_A_POOL)
def test_a_pool_is_found_by_whatever_name_it_is_made(read: Read, source: str, kind: PoolKind) -> None:
    facts = read(source)

    assert [pool.kind for pool in facts.pools] == [kind]


MAKES_NONE = {
    "imported-only": "from concurrent.futures import ProcessPoolExecutor",
    "own-class-of-that-name": "class ProcessPoolExecutor: pass\nProcessPoolExecutor()",
    "not-imported": "ProcessPoolExecutor()",
    "other-module": "from elsewhere import ProcessPoolExecutor\nProcessPoolExecutor()",
    "shadowed-by-parameter": ("from multiprocessing import Pool\ndef f(Pool):\n    Pool()\nf(print)"),
    "in-a-string": "'from multiprocessing import Pool; Pool()'",
    "alias-to-itself": "P = P\nP()",
    "aliases-in-a-circle": "A = B\nB = A\nA()",
    "class-of-itself": "class A(A): pass\nA()",
}


@pytest.mark.parametrize("source", MAKES_NONE.values(), ids=MAKES_NONE)
def test_what_makes_no_pool_is_not_taken_for_one(read: Read, source: str) -> None:
    facts = read(source)

    assert facts.pools == ()


def test_a_pool_is_told_as_written_with_its_place(read: Read) -> None:
    facts = read("import concurrent.futures as cf\n\nwith cf.ProcessPoolExecutor(max_workers=4) as pool:\n    pass\n")

    assert facts.pools[0].written == "cf.ProcessPoolExecutor"
    assert facts.pools[0].place == Place(line=3, column=5)


def test_a_class_chosen_by_a_condition_may_be_either(read: Read) -> None:
    facts = read(
        "import concurrent.futures as cf\n"
        "def run(threads):\n"
        "    if threads:\n        P = cf.ThreadPoolExecutor\n"
        "    else:\n        P = cf.ProcessPoolExecutor\n"
        "    with P() as pool:\n        pool.map(len, [])\n"
    )

    assert {pool.kind for pool in facts.pools} == {PROCESS, THREAD}
    assert facts.calls[0].pool is None


def test_two_pools_under_one_name_are_told_apart_by_the_order_of_lines(read: Read) -> None:
    facts = read(
        "from concurrent.futures import *\n"
        "def main():\n"
        "    with ThreadPoolExecutor() as pool:\n        pool.map(len, [])\n"
        "    with ProcessPoolExecutor() as pool:\n        pool.map(len, [])\n"
    )

    assert [call.pool for call in facts.calls] == [THREAD, PROCESS]
