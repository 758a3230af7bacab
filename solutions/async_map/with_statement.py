"""The pool in a with statement, the results read inside it."""

import os
from concurrent.futures import ProcessPoolExecutor


def add(a, b):
    print(f"Worker {os.getpid()} is processing add({a}, {b})")
    return a + b


def product(a, b):
    print(f"Worker {os.getpid()} is processing product({a}, {b})")
    return a * b


if __name__ == "__main__":
    a = range(1, 11)
    b = range(11, 21)
    with ProcessPoolExecutor() as pool:
        sums = pool.map(add, a, b, chunksize=5)
        products = pool.map(product, a, b, chunksize=5)
        print("All the jobs are submitted, now we wait for results...", flush=True)
        print("Sum of add:", sum(sums))
        print("Sum of product:", sum(products))
