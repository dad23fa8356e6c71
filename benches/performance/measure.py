"""Mirrors generated sites and takes down what that needs: `measure.py TARGET FIGURES SIZE…`."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from processes import Program, Readiness, Site, measured

CONFIG = """\
state_dir = "state"
[app]
auth_url = "{auth_url}"
api_url = "{api_url}"
[limits]
requests_per_second = 1000
points_per_hour = 0
[sync]
# Only when it is told to.
delta = "0 0 29 2 *"
sweep = "0 0 29 2 *"
[[connection]]
domain = "{domain}"
auth = "service_account"
site_url = "{site_url}"
client_id = "{client_id}"
client_secret_file = "secret"
"""

# As the daemon's unit sets it; nobody sets it for a command.
UNIT = os.environ | {"MIMALLOC_PURGE_DELAY": "0"}

CONSONANTS, VOWELS = "bdfgklmnrstv", "aeiou"


def word(number: int) -> str:
    """As the simulated site spells it; low numbers are frequent."""
    spelled = ""
    while True:
        first, vowel = number % 12, number // 12 % 5
        spelled += CONSONANTS[first] + VOWELS[vowel] + CONSONANTS[(first + 7 * vowel + 3) % 12]
        number //= 60
        if number == 0:
            return spelled


class Bench:
    """One site, one mirror, and what each step took."""

    def __init__(self, target: Path, pages: int):
        self.millpond = target / "release" / "millpond"
        self.folder = Path(tempfile.mkdtemp(prefix="performance-", dir=target))
        self.pages = pages
        self.steps = {}
        self.site = Site(target / "release" / "measured_site", pages)
        (self.folder / "config.toml").write_text(CONFIG.format(**self.site.address))
        secret = self.folder / "secret"
        secret.write_text(self.site.address["client_secret"])
        secret.chmod(0o600)

    def command(self, *arguments):
        return [self.millpond, "--config", self.folder / "config.toml", *arguments]

    def take_down(self, step: str, program: Program, **more):
        report = self.site.report()
        self.steps[step] = {
            "seconds": program.seconds,
            "cpu": program.cpu,
            "peak": program.peak,
            **{name: report[name] for name in ("requests", "points", "bytes", "site_cpu")},
            **more,
        }
        print(self.pages, step, json.dumps(self.steps[step]), flush=True)

    def run(self, step: str, *arguments):
        self.take_down(step, measured(self.command(*arguments)))

    def sync(self, step: str, *arguments, **more):
        """What the daemon does at its time."""
        self.take_down(step, measured(self.command("--json", "sync", *arguments), env=UNIT), **more)

    def feed(self):
        """Everything, for nobody."""
        program = measured(self.command("changes"), stdout=subprocess.DEVNULL)
        self.take_down("change feed", program)

    def first_copy(self):
        """By the daemon, so that what it holds afterwards is seen as well."""
        readiness = Readiness(self.folder)
        environment = UNIT | {"NOTIFY_SOCKET": readiness.path}
        program = Program(self.command("run"), env=environment, stderr=subprocess.DEVNULL)
        readiness.wait(program)
        while not (run := self.last_run()) or run[0] == "running":
            time.sleep(0.05)
        program.seconds = time.monotonic() - program.began
        program.look()
        writer = program.thread("store-writer")
        program_cpu = program.cpu
        merging = self.rest_of(program) - program_cpu
        time.sleep(10)
        idle = program.resident()
        program.stop()
        readiness.close()
        program.cpu = program_cpu
        outcome, added = run
        assert (outcome, added >= self.pages) == ("complete", True), run
        self.take_down("first copy", program, writer=writer, merging=merging, idle=idle)

    @staticmethod
    def rest_of(program) -> float:
        """The CPU seconds at which a program that merges the index is done with that: it has used none for two seconds."""
        while True:
            before = program.cpu
            time.sleep(2)
            program.look()
            if program.cpu - before < 0.05:
                return program.cpu

    def last_run(self):
        database = f"file:{self.folder / 'state' / 'mirror.db'}?mode=ro"
        with sqlite3.connect(database, uri=True) as mirror:
            return mirror.execute("SELECT outcome, added FROM run ORDER BY id DESC").fetchone()

    def size(self):
        with sqlite3.connect(f"file:{self.folder / 'state' / 'mirror.db'}?mode=ro", uri=True) as mirror:
            markdown, storage = mirror.execute(
                "SELECT sum(length(CAST(markdown AS BLOB))), sum(storage_size) FROM page"
            ).fetchone()
            packed = mirror.execute("SELECT sum(length(zstd)) FROM bodies").fetchone()[0]
        database = (self.folder / "state" / "mirror.db").stat().st_size
        self.steps["size"] = {"database": database, "markdown": markdown, "storage": storage, "bodies": packed}

    def search(self):
        """Words that are in a few pages, in many and in most, each by a process of its own."""
        queries = [word(number) for number in range(1_000, 21_000, 1_000)]
        queries += [f"{word(300 + number)} {word(900 + number)}" for number in range(10)]
        queries += [word(number) for number in range(1, 6)]
        assert subprocess.run(self.command("search", word(1)), capture_output=True).stdout, "the site spells otherwise"
        times = []
        peak = 0.0
        for query in queries:
            program = measured(self.command("--json", "search", "--limit", "20", query))
            times.append(program.cpu)
            peak = max(peak, program.peak)
        times.sort()
        self.steps["search"] = {
            "median": times[len(times) // 2],
            "p95": times[len(times) * 95 // 100],
            "peak": peak,
        }

    def start(self):
        readiness = Readiness(self.folder)
        environment = UNIT | {"NOTIFY_SOCKET": readiness.path}
        program = Program(self.command("run"), env=environment, stderr=subprocess.DEVNULL)
        readiness.wait(program)
        program.seconds = time.monotonic() - program.began
        program.look()
        program.stop()
        readiness.close()
        self.take_down("daemon start", program)

    def all(self):
        self.first_copy()
        self.size()
        self.sync("unchanged delta")
        edited = self.site.tell("edit")["edited"]
        self.sync("delta, 1 % edited", edited=edited)
        self.sync("sweep", "--sweep")
        self.search()
        self.run("status", "--json", "status")
        self.feed()
        self.copies()
        self.start()
        return {"pages": self.pages, "steps": self.steps}

    def copies(self):
        self.run("export", "export", self.folder / "export")
        self.run("export again", "export", self.folder / "export")
        self.run("backup", "backup", self.folder / "backup")

    def close(self):
        self.site.close()


def main(target: Path, figures: Path, sizes: list[int]):
    folders = []
    try:
        measure(target, figures, sizes, folders)
    finally:
        # At the end: ext4 makes files slowly for minutes after many others were deleted.
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


def measure(target: Path, figures: Path, sizes: list[int], folders: list[Path]):
    for pages in sizes:
        bench = Bench(target, pages)
        folders.append(bench.folder)
        try:
            found = bench.all()
        finally:
            bench.close()
        known = json.loads(figures.read_text()) if figures.exists() else {}
        known.setdefault("sizes", {})[str(pages)] = found["steps"]
        figures.write_text(json.dumps(known, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), [int(size.replace(",", "")) for size in sys.argv[3:]])
