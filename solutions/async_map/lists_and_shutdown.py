"""Lists of numbers, a pool shut down by hand, and results read after it."""

import concurrent.futures as cf
import os


def add(a, b):
    print("Worker", os.getpid(), f"is processing add({a}, {b})", flush=True)
    return a + b


def product(a, b):
    print("Worker", os.getpid(), f"is processing product({a}, {b})", flush=True)
    return a * b


def main():
    a = list(range(1, 11))
    b = [x + 10 for x in a]
    pool = cf.ProcessPoolExecutor(max_workers=2)
    submitted = [pool.map(function, a, b, chunksize=5) for function in (add, product)]
    print("All the jobs are submitted, now we wait for results...")
    pool.shutdown(wait=True)
    for name, results in zip(("add", "product"), submitted, strict=True):
        print(f"The results of {name} add up to {sum(results)}.")


if __name__ == "__main__":
    main()
