"""One future for each play."""
import re
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed


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


if __name__ == "__main__":
    totals = {}
    with ProcessPoolExecutor() as pool:
        futures = [pool.submit(count_words, file) for file in sys.argv[1:]]
        for future in as_completed(futures):
            totals = reduce_dicts(totals, future.result())
    for word in sorted(totals):
        if totals[word] > 2000:
            print(f"{word} == {totals[word]}")
