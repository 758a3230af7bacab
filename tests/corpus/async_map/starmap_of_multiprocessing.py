"""starmap_async does what the exercise asks, in another library."""
from multiprocessing import Pool
from os import getpid


def add(a, b):
    print(f"Worker {getpid()} is processing add({a}, {b})", flush=True)
    return a + b


def product(a, b):
    print(f"Worker {getpid()} is processing product({a}, {b})", flush=True)
    return a * b


if __name__ == "__main__":
    pairs = list(zip(range(1, 11), range(11, 21)))
    with Pool(4) as pool:
        sums = pool.starmap_async(add, pairs, chunksize=5)
        products = pool.starmap_async(product, pairs, chunksize=5)
        print("All the jobs are submitted, now we wait for results...")
        print(sum(sums.get()))
        print(sum(products.get()))
