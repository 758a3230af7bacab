# two maps, pool closed by hand
import os
import concurrent.futures as cf

def add(a, b):
    print("Worker", os.getpid(), "is processing add(%d, %d)" % (a, b))
    return a + b

def product(a, b):
    print("Worker", os.getpid(), "is processing product(%d, %d)" % (a, b))
    return a * b

if __name__ == "__main__":
    a = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    b = [11, 12, 13, 14, 15, 16, 17, 18, 19, 20]
    ex = cf.ProcessPoolExecutor(max_workers=4)
    r1 = ex.map(add, a, b, chunksize=5)
    r2 = ex.map(product, a, b, chunksize=5)
    print("All the jobs are submitted, now we wait for results...")
    s1 = 0
    for r in r1:
        s1 += r
    s2 = 0
    for r in r2:
        s2 += r
    ex.shutdown()
    print(s1)
    print(s2)
