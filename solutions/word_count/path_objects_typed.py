"""Path objects and type hints; an executor that is shut down by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from concurrent import futures
from pathlib import Path


def words_of(text: str) -> Iterable[str]:
    for token in text.split():
        if match := re.search(r"[a-z\-]+", token.lower()):
            yield match.group()


def count_words(file: Path) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words_of(Path(file).read_text(encoding="utf-8")):
        counts[word] = counts.get(word, 0) + 1
    return counts


def reduce_dicts(a: dict[str, int], b: dict[str, int]) -> dict[str, int]:
    return a | {word: a.get(word, 0) + count for word, count in b.items()}


def main() -> None:
    plays = sorted(Path("shakespeare").iterdir())
    executor = futures.ProcessPoolExecutor(max_workers=4)
    try:
        total: dict[str, int] = {}
        for counts in executor.map(count_words, plays, timeout=None, chunksize=2):
            total = reduce_dicts(total, counts)
    finally:
        executor.shutdown()
    frequent = {word: count for word, count in total.items() if count > 2000}
    print("\n".join(f"{word} == {frequent[word]}" for word in sorted(frequent)))


if __name__ == "__main__":
    main()
