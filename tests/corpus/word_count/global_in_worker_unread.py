"""The totals are kept in the workers, and nothing is returned."""
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


total = {}

def init():
    global total
    total = {}

def work(file):
    global total
    total = reduce_dicts(total, count_words(file))

if __name__ == "__main__":
    files = sys.argv[1:]
    with ProcessPoolExecutor(max_workers=4, initializer=init) as executor:
        executor.map(work, files, chunksize=5)
    for word in sorted(total):
        if total[word] > 2000:
            print(f"{word} == {total[word]}")
