"""The pool adds up, too, two dictionaries at a time."""
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import reduce

def count_words(file):
    counts = {}
    with open(file, encoding="utf-8") as text:
        for line in text:
            for token in line.split():
                match = re.search(r"[a-z\-]+", token.lower())
                if match:
                    word = match.group()
                    counts[word] = counts.get(word, 0) + 1
    return counts


def reduce_dicts(a, b):
    total = dict(a)
    for word, count in b.items():
        total[word] = total.get(word, 0) + count
    return total


if __name__ == "__main__":
    files = sys.argv[1:]
    with ProcessPoolExecutor(max_workers=4) as executor:
        counted = executor.map(count_words, files, chunksize=5)
        counted = list(counted)
        while len(counted) > 1:
            half = len(counted) // 2
            rest = counted[2 * half:]
            counted = list(executor.map(reduce_dicts, counted[:half], counted[half:2 * half])) + rest
        counts = counted[0]
    for word in sorted(counts):
        if counts[word] > 2000:
            print(f"{word} == {counts[word]}")
