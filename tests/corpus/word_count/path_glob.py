"""Word count with pathlib: Path objects go to the workers."""
import re
from concurrent.futures import ProcessPoolExecutor
from functools import reduce
from pathlib import Path


def count_words(file: Path) -> dict[str, int]:
    counts: dict[str, int] = {}
    for token in file.read_text(encoding="utf-8").split():
        if match := re.search(r"[a-z\-]+", token.lower()):
            counts[match[0]] = counts.get(match[0], 0) + 1
    return counts


def reduce_dicts(a: dict[str, int], b: dict[str, int]) -> dict[str, int]:
    return {word: a.get(word, 0) + b.get(word, 0) for word in a.keys() | b.keys()}


def main() -> None:
    files = sorted(Path("shakespeare").glob("*"))
    with ProcessPoolExecutor() as pool:
        totals = reduce(reduce_dicts, pool.map(count_words, files, chunksize=2))
    for word, count in sorted(totals.items()):
        if count > 2000:
            print(f"{word} == {count}")


if __name__ == "__main__":
    main()
