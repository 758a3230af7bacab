"""The pairs (1, 11) ... (10, 20) are made first and unzipped for the map."""
import os
from concurrent.futures import ProcessPoolExecutor


def add(x, y):
    print(f"Worker {os.getpid()} is processing add({x}, {y})", flush=True)
    return x + y


def product(x, y):
    print(f"Worker {os.getpid()} is processing product({x}, {y})", flush=True)
    return x * y


def main():
    pairs = [(i, i + 10) for i in range(1, 11)]
    left, right = zip(*pairs)
    with ProcessPoolExecutor(max_workers=2) as executor:
        added = executor.map(add, left, right, chunksize=5)
        multiplied = executor.map(product, left, right, chunksize=5)
        print("All the jobs are submitted, now we wait for results...")
        print("add:", sum(list(added)))
        print("product:", sum(list(multiplied)))


if __name__ == "__main__":
    main()
