# submit in a loop
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
        sums = [pool.submit(add, i, i + 10) for i in range(1, 11)]
        products = [pool.submit(product, i, i + 10) for i in range(1, 11)]
        print("All the jobs are submitted, now we wait for results...")
        print(sum(f.result() for f in sums))
        print(sum(f.result() for f in products))
