"""Two functions mapped at the same time by one pool of workers."""
from concurrent.futures import ProcessPoolExecutor
from os import getpid


def add(a, b):
    print(f"Worker {getpid()} is processing add({a}, {b})")
    return a + b


def product(a, b):
    print(f"Worker {getpid()} is processing product({a}, {b})")
    return a * b


if __name__ == "__main__":
    with ProcessPoolExecutor() as pool:
        sums = pool.map(add, range(1, 11), range(11, 21), chunksize=5)
        products = pool.map(product, range(1, 11), range(11, 21), chunksize=5)
        print("All the jobs are submitted, now we wait for results...")
        print(f"The sum of all additions is {sum(sums)}")
        print(f"The sum of all products is {sum(products)}")
