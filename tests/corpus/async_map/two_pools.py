# a pool for add and a pool for product
from concurrent.futures import ProcessPoolExecutor
import os

def add(a, b):
    print(f"Worker {os.getpid()} is processing add({a}, {b})")
    return a + b

def product(a, b):
    print(f"Worker {os.getpid()} is processing product({a}, {b})")
    return a * b

if __name__ == "__main__":
    with ProcessPoolExecutor(2) as adders, ProcessPoolExecutor(2) as multipliers:
        total = adders.map(add, range(1, 11), range(11, 21), chunksize=5)
        prod = multipliers.map(product, range(1, 11), range(11, 21), chunksize=5)
        print("All the jobs are submitted, now we wait for results...")
        print(f"add {sum(total)} product {sum(prod)}")
