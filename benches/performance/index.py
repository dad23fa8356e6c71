"""What indexing words takes without all the rest: `index.py MIRROR.DB [BATCH…]`.

Indexes the texts of a mirror anew, in batches of so many, by FTS5 as Python has it: a bound for the one thread that writes.
"""

import sqlite3
import sys
import tempfile
import time
from pathlib import Path

COLUMNS = "title, body, alt, labels, comments, files"


def index(mirror: str, folder: Path, batch: int):
    database = sqlite3.connect(f"file:{folder}/{batch}.db", isolation_level=None, uri=True)
    database.execute("ATTACH ? AS mirror", (f"file:{mirror}?mode=ro",))
    database.execute("PRAGMA main.journal_mode = WAL")
    database.execute("PRAGMA main.cache_size = -16384")
    database.execute(
        f"CREATE VIRTUAL TABLE words USING fts5 ({COLUMNS}, content = '', tokenize = 'unicode61 remove_diacritics 2')"
    )
    database.execute("INSERT INTO words (words, rank) VALUES ('automerge', 16)")
    # So that no text is written out before its batch is complete.
    database.execute("INSERT INTO words (words, rank) VALUES ('hashsize', ?)", (16 << 20,))
    (last,) = database.execute("SELECT max(id) FROM mirror.texts").fetchone()
    began = time.process_time()
    for at in range(0, last, batch):
        database.execute(
            f"INSERT INTO words (rowid, {COLUMNS}) SELECT id, {COLUMNS} FROM mirror.texts WHERE id > ? AND id <= ?",
            (at, at + batch),
        )
    print(f"{last:,} texts, {batch} at a time: {time.process_time() - began:.2f} s of CPU")
    database.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for batch in [int(batch) for batch in sys.argv[2:]] or [250, 2000]:
            index(sys.argv[1], Path(folder), batch)
