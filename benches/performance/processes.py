"""Programs under measurement, and what they used."""

import json
import os
import socket
import subprocess
import threading
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(stat: Path) -> float:
    """User and system time of a process or a thread; 0 once it is gone."""
    try:
        fields = stat.read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mib(pid: int, line: str) -> float:
    """`VmHWM`, the most memory that a process has held, or `VmRSS`, what it holds now."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    values = [row.split()[1] for row in status.splitlines() if row.startswith(line + ":")]
    return int(values[0]) / 1024 if values else 0.0


class Program:
    """One that runs, watched until it ends."""

    def __init__(self, command, **options):
        self.began = time.monotonic()
        self.cpu = self.peak = self.seconds = 0.0
        self.threads = {}
        self.child = subprocess.Popen([str(part) for part in command], **options)
        self.watcher = threading.Thread(target=self._watch, daemon=True)
        self.watcher.start()

    def look(self):
        """Takes down what it has used so far."""
        pid = self.child.pid
        self.cpu = max(self.cpu, cpu_seconds(Path(f"/proc/{pid}/stat")))
        self.peak = max(self.peak, memory_mib(pid, "VmHWM"))
        for task in Path(f"/proc/{pid}/task").glob("*"):
            try:
                name = (task / "comm").read_text().strip()
            except OSError:
                continue
            used = cpu_seconds(task / "stat")
            self.threads[name, task.name] = max(used, self.threads.get((name, task.name), 0.0))

    def _watch(self):
        while self.child.poll() is None:
            try:
                self.look()
            except OSError:
                pass
            # Some are gone after a few milliseconds.
            time.sleep(0.001 if time.monotonic() - self.began < 0.3 else 0.05)

    def resident(self) -> float:
        return memory_mib(self.child.pid, "VmRSS")

    def thread(self, name: str) -> float:
        """CPU seconds of the threads of that name."""
        return sum(used for (of, _), used in self.threads.items() if of == name)

    def stop(self):
        self.child.terminate()
        self.child.wait()
        self.watcher.join()


def measured(command, may_fail=False, stdout=subprocess.PIPE, **options):
    """Runs a program to its end. What it used is taken from the kernel's own account of its children."""
    before = os.times()
    program = Program(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, **options)
    out, err = program.child.communicate()
    program.watcher.join()
    program.seconds = time.monotonic() - program.began
    after = os.times()
    program.cpu = after.children_user + after.children_system - before.children_user - before.children_system
    if program.child.returncode and not may_fail:
        raise SystemExit(f"{command} ended with {program.child.returncode}: {err.decode()[-2000:]}")
    program.out, program.err = (out or b"").decode(errors="replace"), err.decode(errors="replace")
    return program


class Site:
    """A simulated site in a process of its own."""

    def __init__(self, binary: Path, pages: int, *options):
        self.program = Program(
            [binary, pages, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.address = json.loads(self.program.child.stdout.readline())
        self.cpu = self.cpu_now()

    def cpu_now(self) -> float:
        return cpu_seconds(Path(f"/proc/{self.program.child.pid}/stat"))

    def tell(self, order: str):
        self.program.child.stdin.write(order + "\n")
        return json.loads(self.program.child.stdout.readline())

    def report(self):
        """What was asked for since the last report, and what answering it took."""
        now = self.cpu_now()
        used, self.cpu = now - self.cpu, now
        return self.tell("report") | {"site_cpu": used}

    def close(self):
        self.program.child.stdin.close()
        self.program.child.wait()


class Readiness:
    """A socket at which a service says that it is ready, and how it fares from then on."""

    def __init__(self, folder: Path):
        self.path = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.is_ready = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        # To the end: a service whose words nobody takes stands still.
        try:
            while message := self.socket.recv(4096):
                if b"READY=1" in message:
                    self.is_ready.set()
        except OSError:
            pass

    def wait(self, program: Program):
        while not self.is_ready.wait(0.5):
            if program.child.poll() is not None:
                raise SystemExit("the daemon ended before it was ready")

    def close(self):
        self.socket.close()
        os.unlink(self.path)
