"""As on the course page, with a short sleep so that one can watch."""
import time
from concurrent.futures import ProcessPoolExecutor
from functools import reduce
from operator import add as plus
from os import getpid


def add(a, b):
    print(f"Worker {getpid()} is processing add({a}, {b})")
    time.sleep(0.02)
    return a + b


def product(a, b):
    print(f"Worker {getpid()} is processing product({a}, {b})")
    time.sleep(0.02)
    return a * b


if __name__ == "__main__":
    start = time.perf_counter()
    with ProcessPoolExecutor(max_workers=4) as pool:
        x = pool.map(add, range(1, 11), range(11, 21), chunksize=5)
        y = pool.map(product, range(1, 11), range(11, 21), chunksize=5)
        print("All the jobs are submitted, now we wait for results...")
        print(reduce(plus, x))
        print(reduce(plus, y))
    print(f"{time.perf_counter() - start:.3f} seconds")
