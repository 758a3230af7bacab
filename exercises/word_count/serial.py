"""Count the words of all files, one after the other: python serial.py shakespeare/*"""

import re
import sys
from functools import reduce


def count_words(file):
    """How often each word occurs in one file."""
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
    """One dictionary with the sums of both."""
    total = dict(a)
    for word, count in b.items():
        total[word] = total.get(word, 0) + count
    return total


def main():
    counts = reduce(reduce_dicts, map(count_words, sys.argv[1:]), {})
    for word in sorted(counts):
        if counts[word] > 2000:
            print(f"{word} == {counts[word]}")


if __name__ == "__main__":
    main()
