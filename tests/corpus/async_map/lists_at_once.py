"""list() around every map so that the results can be printed."""
import os
from concurrent.futures import ProcessPoolExecutor


def add(a, b):
    print(f"Worker {os.getpid()} is processing add({a}, {b})")
    return a + b


def product(a, b):
    print(f"Worker {os.getpid()} is processing product({a}, {b})")
    return a * b


if __name__ == "__main__":
    numbers = list(range(1, 11))
    others = [n + 10 for n in numbers]
    with ProcessPoolExecutor() as executor:
        added = list(executor.map(add, numbers, others, chunksize=5))
        multiplied = list(executor.map(product, numbers, others, chunksize=5))
    print("All the jobs are submitted, now we wait for results...")
    print("Sums:", added, "total", sum(added))
    print("Products:", multiplied, "total", sum(multiplied))
