"""Count the words of all plays named on the command line, four plays to a chunk."""
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import reduce


def count_words(file):
    counts = {}
    with open(file, encoding="utf-8") as f:
        for line in f:
            for token in line.split():
                match = re.search(r"[a-z\-]+", token.lower())
                if match:
                    word = match.group()
                    counts[word] = counts.get(word, 0) + 1
    return counts


def reduce_dicts(dict1, dict2):
    combined = dict1.copy()
    for word, count in dict2.items():
        combined[word] = combined.get(word, 0) + count
    return combined


if __name__ == "__main__":
    with ProcessPoolExecutor() as pool:
        results = pool.map(count_words, sys.argv[1:], chunksize=4)
        totals = reduce(reduce_dicts, results, {})
    for word in sorted(totals):
        if totals[word] > 2000:
            print(f"{word} == {totals[word]}")
