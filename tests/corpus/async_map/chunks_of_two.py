# chunksize 2 gives more workers something to do
from concurrent.futures import ProcessPoolExecutor
import os

def add(a, b):
    print(f"Worker {os.getpid()} is processing add({a}, {b})")
    return a + b

def product(a, b):
    print(f"Worker {os.getpid()} is processing product({a}, {b})")
    return a * b

if __name__ == "__main__":
    with ProcessPoolExecutor() as pool:
        s = pool.map(add, range(1, 11), range(11, 21), chunksize=2)
        p = pool.map(product, range(1, 11), range(11, 21), chunksize=2)
        print("All the jobs are submitted, now we wait for results...")
        print(sum(s), sum(p))
