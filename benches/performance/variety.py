"""How varied the words of documents are, which is what an index of them costs.

    python3 benches/performance/variety.py PATH...

Each PATH is a mirror, or a folder whose .md, .html, .xhtml and .xml files are read. Prints, by how many words a document
has, which part of them are different ones; and how many different words there are among so many of all documents.
"""

import html
import random
import re
import sqlite3
import sys
from pathlib import Path

# Words of a document: from, to.
SIZES = [(100, 300), (300, 700), (700, 1_200), (1_200, 3_000), (3_000, 20_000)]
# Words of all documents.
MARKS = [10_000, 50_000, 225_000, 1_000_000]
# Documents of a mirror that are looked at.
MOST = 3_500


def documents(path):
    if path.is_file():
        mirror = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        yield from (body for (body,) in mirror.execute("SELECT body FROM texts ORDER BY id LIMIT ?", [MOST]))
        return
    for file in sorted(path.rglob("*")):
        if file.is_file() and file.suffix in (".md", ".html", ".xhtml", ".xml"):
            text = file.read_text(errors="replace")
            yield text if file.suffix == ".md" else plain(text)


def plain(markup):
    return html.unescape(re.sub(r"<[^>]*>", " ", re.sub(r"<!\[CDATA\[|\]\]>", " ", markup)))


def words(text):
    return re.findall(r"[^\W_]+", text.lower())


def share(documents):
    different = sum(len(set(words)) for words in documents)
    return f"{different / sum(map(len, documents)):.0%} of {len(documents)} documents"


def grown(documents):
    """How many different words there are once so many have been read, the documents in no order."""
    random.Random(1).shuffle(documents)
    seen, read, marks = set(), 0, list(MARKS)
    for word in (word for words in documents for word in words):
        seen.add(word)
        read += 1
        if marks and read == marks[0]:
            yield marks.pop(0), len(seen)


def main():
    for path in map(Path, sys.argv[1:]):
        texts = list(documents(path))
        found = [found for found in map(words, texts) if len(found) > 5]
        if not found:
            sys.exit(f"no documents to read in {path}")
        size = sum(len(re.sub(r"\s+", " ", text)) for text in texts)
        print(f"{path.name}: {len(found)} documents, {size / sum(map(len, found)):.1f} bytes a word")
        for low, high in SIZES:
            if chosen := [found for found in found if low <= len(found) < high]:
                print(f"  {low:,} to {high:,} words, different ones: {share(chosen)}")
        for read, different in grown(found):
            print(f"  {different:,} different words among {read:,}")


if __name__ == "__main__":
    main()
