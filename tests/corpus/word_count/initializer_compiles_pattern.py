"""Every worker compiles the pattern once, in its initializer."""
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import reduce

word_pattern = None


def start_worker(pattern):
    global word_pattern
    word_pattern = re.compile(pattern)


def count_words(file):
    counts = {}
    with open(file, encoding="utf-8") as f:
        for token in f.read().split():
            match = word_pattern.search(token.lower())
            if match:
                counts[match.group()] = counts.get(match.group(), 0) + 1
    return counts


def reduce_dicts(a, b):
    for word, n in b.items():
        a[word] = a.get(word, 0) + n
    return a


if __name__ == "__main__":
    with ProcessPoolExecutor(initializer=start_worker, initargs=(r"[a-z\-]+",)) as pool:
        totals = reduce(reduce_dicts, pool.map(count_words, sys.argv[1:], chunksize=4), {})
    for word in sorted(totals):
        if totals[word] > 2000:
            print(f"{word} == {totals[word]}")
