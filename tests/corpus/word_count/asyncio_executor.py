"""The asyncio way: run_in_executor and gather."""
import asyncio
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import reduce


def count_words(file):
    counts = {}
    with open(file, encoding="utf-8") as f:
        for token in f.read().split():
            match = re.search(r"[a-z\-]+", token.lower())
            if match:
                counts[match.group()] = counts.get(match.group(), 0) + 1
    return counts


def reduce_dicts(a, b):
    for word in b:
        a[word] = a.get(word, 0) + b[word]
    return a


async def main():
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor() as pool:
        jobs = [loop.run_in_executor(pool, count_words, file) for file in sys.argv[1:]]
        totals = reduce(reduce_dicts, await asyncio.gather(*jobs), {})
    for word in sorted(totals):
        if totals[word] > 2000:
            print(f"{word} == {totals[word]}")


if __name__ == "__main__":
    asyncio.run(main())
