# ruff: noqa
"""Shows what pools do, case by case. Run plainly and under the harness it has to show the same.

Each function ``case_...`` is given a pool of two workers and prints what it sees. What it raises is
printed with the lines of this file in the traceback.
"""

import asyncio
import concurrent.futures
import functools
import inspect
import itertools
import multiprocessing
import multiprocessing.pool
import os
import pickle
import sys
import threading
import time
import traceback
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed, wait
from concurrent.futures.process import BrokenProcessPool


def square(number):
    return number * number


def add(a, b):
    return a + b


def fail_at_four(number):
    if number == 4:
        raise ValueError(f"no {number} here")
    return number


class PickyError(Exception):
    def __init__(self, word, number):
        super().__init__(word, number)
        self.word, self.number = word, number


def fail_picky(number):
    raise PickyError("picky", number)


def fail_from_cause(number):
    try:
        return 1 // number
    except ZeroDivisionError as error:
        raise KeyError("wrapped") from error


def leave(code):
    sys.exit(code)


def die(number):
    os._exit(number)


def sleep(seconds):
    time.sleep(seconds)
    return seconds


def result_that_cannot_travel(number):
    return lambda: number


def worker_name(_):
    return multiprocessing.current_process().name.split("-")[0]


def main_name(_):
    return __name__, os.path.basename(__file__)


def argv_of_worker(_):
    return sys.argv[1:]


def inner_sum(numbers):
    with ProcessPoolExecutor(1) as pool:
        return sum(pool.map(square, numbers, chunksize=2))


def big(_):
    return "x" * 300_000


GREETING = ["nobody"]


def greet(name):
    GREETING[0] = name


def greeting(_):
    return GREETING[0]


def break_start():
    raise RuntimeError("no start today")


class Scaler:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, number):
        return self.factor * number

    def scale(self, number):
        return self.factor * number

    @classmethod
    def double(cls, number):
        return cls(2)(number)


class IndexLike:
    """As a number of numpy: no ``int``, but stands for one."""

    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value

    def __lt__(self, other):
        return self.value < other


class OnlyIndex:
    def __index__(self):
        return 3


class LoudPool(ProcessPoolExecutor):
    def map(self, fn, *iterables, **options):
        print("map", fn.__name__, sorted(options))
        return super().map(fn, *iterables, **options)


class CountingPool(ProcessPoolExecutor):
    submitted = 0

    def submit(self, fn, /, *args, **kwargs):
        self.submitted += 1
        return super().submit(fn, *args, **kwargs)


# -- results -------------------------------------------------------------------------------------


def case_results_are_in_order(pool):
    print(list(pool.map(square, range(20), chunksize=3)))


def case_default_chunk_size(pool):
    print(list(pool.map(square, range(5))))


def case_chunk_larger_than_items(pool):
    print(list(pool.map(square, range(5), chunksize=100)))


def case_uneven_iterables_stop_at_the_shortest(pool):
    print(list(pool.map(add, range(10), [1, 2, 3], chunksize=2)))


def case_endless_iterable_beside_a_short_one(pool):
    print(list(pool.map(add, itertools.count(), [1, 2, 3], chunksize=2)))


def case_generator_and_zip(pool):
    print(list(pool.map(square, (n for n in range(7)), chunksize=2)))
    print(list(pool.map(sum, zip(range(3), range(3), strict=True), chunksize=2)))


def case_items_are_taken_before_map_returns(pool):
    items = iter(range(6))
    results = pool.map(square, items, chunksize=4)
    print(list(items), list(results))


def case_empty_and_no_iterables(pool):
    print(list(pool.map(square, [], chunksize=2)), list(pool.map(square)))


def case_results_are_a_generator(pool):
    results = pool.map(square, range(3))
    print(inspect.isgenerator(results), next(results), next(results), list(results), list(results))


def case_closed_early(pool):
    results = pool.map(square, range(50), chunksize=1)
    print(next(results))
    results.close()
    print(list(results), list(pool.map(square, [9])))


def case_never_consumed(pool):
    pool.map(fail_at_four, range(10), chunksize=2)
    print("submitted")


def case_large_results(pool):
    print([len(text) for text in pool.map(big, range(4), chunksize=2)])


def case_none_results(pool):
    print(list(pool.map(print, [], chunksize=2)), list(pool.map(GREETING.append, [])))


def case_function_by_keyword(pool):
    print(list(pool.map(fn=square)))


def case_callables_of_all_kinds(pool):
    print(list(pool.map(functools.partial(add, 10), range(3), chunksize=2)))
    print(list(pool.map(Scaler(3), range(3), chunksize=2)))
    print(list(pool.map(Scaler(3).scale, range(3), chunksize=2)))
    print(list(pool.map(Scaler.double, range(3), chunksize=2)))
    print(list(pool.map(str.upper, "abc", chunksize=2)))
    print([scaler.factor for scaler in pool.map(Scaler, range(3), chunksize=2)])


def case_from_a_thread(pool):
    found = []
    thread = threading.Thread(target=lambda: found.extend(pool.map(square, range(5), chunksize=2)))
    thread.start()
    thread.join()
    print(found)


def case_two_maps_at_once(pool):
    first = pool.map(square, range(6), chunksize=2)
    second = pool.map(add, range(6), range(6), chunksize=2)
    print(list(zip(first, second, strict=True)))


# -- chunk sizes ---------------------------------------------------------------------------------


def case_chunksize_zero(pool):
    pool.map(square, range(3), chunksize=0)


def case_chunksize_negative(pool):
    pool.map(square, range(3), chunksize=-1)


def case_chunksize_text(pool):
    pool.map(square, range(3), chunksize="5")


def case_chunksize_none(pool):
    pool.map(square, range(3), chunksize=None)


def case_chunksize_fraction(pool):
    list(pool.map(square, range(3), chunksize=2.5))


def case_chunksize_true(pool):
    print(list(pool.map(square, range(3), chunksize=True)))


def case_chunksize_like_numpy(pool):
    print(list(pool.map(square, range(5), chunksize=IndexLike(3))))


def case_chunksize_that_cannot_be_compared(pool):
    pool.map(square, range(5), chunksize=OnlyIndex())


def case_chunksize_misspelt(pool):
    pool.map(square, range(3), chunk_size=3)


def case_chunksize_by_position(pool):
    pool.map(square, range(3), 5)


# -- errors --------------------------------------------------------------------------------------


def case_error_in_a_worker(pool):
    results = pool.map(fail_at_four, range(8), chunksize=2)
    print(next(results), next(results), next(results), next(results))
    print(list(results))


def case_error_with_own_arguments(pool):
    try:
        list(pool.map(fail_picky, [7]))
    except PickyError as error:
        print(error.word, error.number)
        raise


def case_error_with_a_cause(pool):
    list(pool.map(fail_from_cause, [0], chunksize=2))


def case_error_after_which_the_pool_goes_on(pool):
    try:
        list(pool.map(fail_at_four, range(8), chunksize=2))
    except ValueError as error:
        print(error)
    print(list(pool.map(square, range(3), chunksize=2)))


def case_exit_in_a_worker(pool):
    list(pool.map(leave, [3], chunksize=2))


def case_error_in_the_items(pool):
    list(pool.map(square, (1 // n for n in (1, 1, 0)), chunksize=1))


def case_items_that_are_none(pool):
    list(pool.map(square, None, chunksize=2))


def case_items_of_the_wrong_number(pool):
    list(pool.map(add, [(1, 2)], chunksize=2))


def case_lambda(pool):
    list(pool.map(lambda n: n, range(3), chunksize=2))


def case_nested_function(pool):
    def nested(number):
        return number

    list(pool.map(nested, range(3), chunksize=2))


def case_argument_that_cannot_travel(pool):
    list(pool.map(square, [threading.Lock()], chunksize=2))


def case_result_that_cannot_travel(pool):
    list(pool.map(result_that_cannot_travel, [1], chunksize=2))


def case_timeout(pool):
    list(pool.map(sleep, [0.4, 0.4, 0.4], timeout=0.05))


def case_timeout_that_is_enough(pool):
    print(list(pool.map(square, range(3), timeout=60, chunksize=2)))


# -- single submissions --------------------------------------------------------------------------


def case_submit(pool):
    print(pool.submit(square, 5).result(), pool.submit(add, a=1, b=2).result())


def case_as_completed_and_wait(pool):
    futures = [pool.submit(square, n) for n in range(5)]
    print(sorted(future.result() for future in as_completed(futures)))
    done, left = wait(futures)
    print(len(done), len(left))


def case_error_of_a_future(pool):
    error = pool.submit(fail_at_four, 4).exception()
    print(type(error).__name__, error, type(error.__cause__).__name__)


def case_callback(pool):
    future = pool.submit(square, 6)
    found = []
    future.add_done_callback(lambda done: found.append(done.result()))
    future.result()
    time.sleep(0.05)
    print(found)


def case_cancelled_future(_):
    with ProcessPoolExecutor(1) as pool:
        blockers = [pool.submit(sleep, 0.3) for _ in range(4)]
        last = pool.submit(square, 1)
        print(last.cancel(), last.cancelled(), len(blockers))


# -- pools ---------------------------------------------------------------------------------------


def case_initializer(_):
    with ProcessPoolExecutor(1, initializer=greet, initargs=("Hamlet",)) as pool:
        print(list(pool.map(greeting, range(2))), GREETING)


def case_initializer_that_fails(_):
    with ProcessPoolExecutor(1, initializer=break_start) as pool:
        list(pool.map(square, [1]))


def case_given_context(_):
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
        print(list(pool.map(worker_name, [1])))


def case_tasks_per_child(_):
    with ProcessPoolExecutor(1, max_tasks_per_child=9) as pool:
        print(list(pool.map(square, range(5), chunksize=1)))


def case_no_workers(_):
    ProcessPoolExecutor(0)


def case_default_number_of_workers(_):
    pool = ProcessPoolExecutor()
    print(pool._max_workers == (os.process_cpu_count() if sys.version_info >= (3, 13) else os.cpu_count()))
    pool.shutdown()


def case_after_shutdown(_):
    pool = ProcessPoolExecutor(1)
    results = pool.map(square, range(4), chunksize=2)
    pool.shutdown()
    print(list(results))
    pool.map(square, [1])


def case_shutdown_that_cancels(_):
    pool = ProcessPoolExecutor(1)
    futures = [pool.submit(sleep, 0.1) for _ in range(12)]
    pool.shutdown(cancel_futures=True)
    print(futures[-1].cancelled(), all(future.done() for future in futures))


def case_shutdown_that_cancels_a_map(_):
    pool = ProcessPoolExecutor(1)
    results = pool.map(sleep, [0.1] * 12, chunksize=1)
    pool.shutdown(cancel_futures=True)
    list(results)


def case_worker_that_dies(_):
    with ProcessPoolExecutor(1) as pool:
        try:
            list(pool.map(die, [3], chunksize=2))
        except BrokenProcessPool:
            print("broken")
        pool.map(square, [1])


def case_nested_pools(_):
    with ProcessPoolExecutor(1) as pool:
        print(list(pool.map(inner_sum, [[1, 2], [3]], chunksize=1)))


def case_subclass_with_its_own_map(_):
    with LoudPool(1) as pool:
        print(list(pool.map(square, range(4), chunksize=2)))


def case_subclass_with_its_own_submit(_):
    with CountingPool(1) as pool:
        print(list(pool.map(square, range(7), chunksize=3)), pool.submitted)


def case_pickled_pool(pool):
    try:
        pickle.dumps(pool)
    except TypeError as error:
        print("cannot pickle" in str(error))


def case_pool_without_with(_):
    pool = concurrent.futures.ProcessPoolExecutor(max_workers=1)
    print(sum(pool.map(square, range(4), chunksize=2)))
    pool.shutdown(wait=True)


def case_what_the_classes_look_like(pool):
    print(inspect.signature(ProcessPoolExecutor), inspect.signature(ProcessPoolExecutor.map))
    print(ProcessPoolExecutor.map.__name__, ProcessPoolExecutor.map.__doc__[:30])
    print(type(pool).__mro__, isinstance(pool, concurrent.futures.Executor))


# -- other ways to work --------------------------------------------------------------------------


def case_threads(_):
    with ThreadPoolExecutor(2) as pool:
        print(list(pool.map(add, range(5), range(5), chunksize=2)), pool.submit(square, 3).result())
        print(list(pool.map(lambda n: n, range(3), timeout=60)))


def case_error_in_a_thread(_):
    with ThreadPoolExecutor(1) as pool:
        list(pool.map(fail_at_four, [4]))


def case_pool_of_multiprocessing(_):
    with multiprocessing.Pool(1) as pool:
        print(pool.map(square, range(5)), pool.map(square, range(5), 2), pool.starmap(add, [(1, 2)]))
        print(list(pool.imap(square, iter(range(4)), chunksize=2)), sorted(pool.imap_unordered(square, [1, 2])))
        print(pool.apply(add, (1, 2)), pool.apply_async(square, [4]).get(), pool.map_async(square, [2]).get())
        pool.map(fail_at_four, [4])


def case_thread_pool_of_multiprocessing(_):
    with multiprocessing.pool.ThreadPool(2) as pool:
        print(pool.map(square, range(5), chunksize=2))


def case_asyncio(pool):
    async def main():
        loop = asyncio.get_running_loop()
        return await asyncio.gather(*(loop.run_in_executor(pool, square, n) for n in range(4)))

    print(asyncio.run(main()))


def case_process_by_hand(_):
    process = multiprocessing.Process(target=die, args=(7,))
    process.start()
    process.join()
    print(process.exitcode)


# -- the program itself --------------------------------------------------------------------------


def case_names_and_arguments(pool):
    print(__name__, os.path.basename(__file__), os.path.isabs(__file__), sys.argv, __doc__[:10])
    print(__spec__, __package__, sys.modules["__main__"].__dict__ is globals())
    print(list(pool.map(argv_of_worker, [1])))
    print(list(pool.map(main_name, [1]))[0][1])


def case_source_of_a_function(_):
    print(inspect.getsource(square), inspect.getfile(square) == __file__)


def case_pickled_function(_):
    print(pickle.loads(pickle.dumps(square)) is square, square.__module__, Scaler.__module__)


def tell(error):
    """What a person sees of an error: types, texts, and the lines of this program."""
    own = [
        (frame.lineno, frame.name) for frame in traceback.extract_tb(error.__traceback__) if frame.filename == __file__
    ]
    cause = type(error.__cause__).__name__
    remote = [line.split(" in ")[-1] for line in str(error.__cause__).splitlines() if __file__ in line]
    text = "" if isinstance(error, BrokenProcessPool) else str(error).split(" at 0x")[0]
    print(type(error).__name__, "|", text, "|", own, "|", cause, remote)


def main():
    multiprocessing.set_start_method(sys.argv[1])
    with ProcessPoolExecutor(2) as pool:
        for name, case in list(globals().items()):
            if name.startswith("case_"):
                print("=====", name.removeprefix("case_"))
                try:
                    case(pool)
                except BaseException as error:
                    tell(error)
                sys.stdout.flush()


if __name__ == "__main__":
    main()
