"""One loop submits, a second one waits."""
from concurrent.futures import ProcessPoolExecutor
from os import getpid

FIRST = range(1, 11)
SECOND = range(11, 21)
OPTIONS = {"chunksize": 5}


def add(a, b):
    print(f"Worker {getpid()} is processing add({a}, {b})")
    return a + b


def product(a, b):
    print(f"Worker {getpid()} is processing product({a}, {b})")
    return a * b


if __name__ == "__main__":
    with ProcessPoolExecutor() as pool:
        jobs = {f.__name__: pool.map(f, FIRST, SECOND, **OPTIONS) for f in (add, product)}
        print("All the jobs are submitted, now we wait for results...")
        for name, results in jobs.items():
            print(f"Sum of {name}: {sum(results)}")
