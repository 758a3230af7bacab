"""Takes the files from the command line; the pool lives in a with statement."""

import concurrent.futures
import re
import sys

WORD = re.compile(r"[a-z\-]+")


def count_words(file):
    counts = {}
    with open(file, encoding="utf-8") as text:
        for line in text:
            for token in line.lower().split():
                match = WORD.search(token)
                if match:
                    counts[match[0]] = counts.get(match[0], 0) + 1
    return counts


def reduce_dicts(a, b):
    for word, count in b.items():
        a[word] = a.get(word, 0) + count
    return a


if __name__ == "__main__":
    total = {}
    with concurrent.futures.ProcessPoolExecutor() as pool:
        for counts in pool.map(count_words, sys.argv[1:], chunksize=2):
            total = reduce_dicts(total, counts)
    for word, count in sorted(total.items()):
        if count > 2000:
            print(word, "==", count)
