# exercise: async_map
"""Two maps at the same time: python async_map.py"""

import os


def add(a, b):
    """The sum of both numbers."""
    print(f"Worker {os.getpid()} is processing add({a}, {b})")
    return a + b


def product(a, b):
    """The product of both numbers."""
    print(f"Worker {os.getpid()} is processing product({a}, {b})")
    return a * b


def main():
    first, second = range(1, 11), range(11, 21)

    # TODO: map both functions with a ProcessPoolExecutor, in chunks of 5, before you read a result.
    sums = map(add, first, second)
    products = map(product, first, second)

    print("All the jobs are submitted, now we wait for results...")
    print(f"Sum of the sums: {sum(sums)}")
    print(f"Sum of the products: {sum(products)}")


if __name__ == "__main__":
    main()
