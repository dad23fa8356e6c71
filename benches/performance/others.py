"""millpond beside other programs on the same simulated site: `others.py TARGET FIGURES [PROGRAM…]`.

Each copies the whole site, then again with nothing changed, then with one page in a hundred edited. What they ask of version 1
of the API the simulated site answers here, as it was before it was removed.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import CONFIG
from processes import Site, measured

PAGES = 2_000
SPACES = [f"S{number}" for number in range(10)]
RUNS = ["first run", "nothing changed", "1 % edited"]


class Millpond:
    def __init__(self, target: Path, site: Site, folder: Path):
        self.command = [target / "release" / "millpond", "--config", folder / "config.toml", "sync"]
        (folder / "config.toml").write_text(CONFIG.format(**site.address))
        (folder / "secret").write_text(site.address["client_secret"])
        (folder / "secret").chmod(0o600)

    def run(self):
        return [measured(self.command)]


class Exporter:
    """confluence-markdown-exporter: its defaults, but for what needs Jira."""

    def __init__(self, target: Path, site: Site, folder: Path):
        root = site.address["auth_url"]
        account = {"username": site.address["email"], "api_token": site.address["token"]}
        config = {
            "auth": {"confluence": {root: account}},
            "export": {"output_path": str(folder / "pages"), "enable_jira_enrichment": False},
        }
        (folder / "config.json").write_text(json.dumps(config))
        urls = [f"{root}/wiki/spaces/{space}" for space in SPACES]
        self.command = [target / "performance" / "others" / "bin" / "cme", "spaces", *urls]
        self.environment = os.environ | {
            "CME_CONFIG_PATH": str(folder / "config.json"), "CI": "true", "CME_EXPORT__LOG_LEVEL": "ERROR",
        }

    def run(self):
        return [measured(self.command, may_fail=True, env=self.environment)]


class Puller:
    """confluence-cli: a process for each space."""

    def __init__(self, target: Path, site: Site, folder: Path):
        self.program = target / "performance" / "others" / "bin" / "confluence"
        self.environment = os.environ | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        self.pages = folder / "pages"
        account = ["--auth-type", "basic", "--username", site.address["email"], "--token-stdin", "--token-kind", "classic"]
        profile = ["--name", "site", "--provider", "cloud", "--domain", site.address["auth_url"], *account]
        subprocess.run(
            [self.program, "profile", "add", *profile, "--non-interactive", "--insecure-storage"],
            input=site.address["token"], text=True, env=self.environment, stdout=subprocess.DEVNULL, check=True,
        )

    def run(self):
        pull = [self.program, "--profile", "site", "--quiet", "--yes", "pull", "space"]
        return [
            measured([*pull, space, self.pages / space], may_fail=True, env=self.environment) for space in SPACES
        ]


class Loader:
    """LangChain's loader, which keeps nothing: no less can be asked for."""

    def __init__(self, target: Path, site: Site, folder: Path):
        python = target / "performance" / "others" / "bin" / "python3"
        script = Path(__file__).with_name("loader.py")
        self.command = [python, script, json.dumps(site.address), *SPACES]

    def run(self):
        return [measured(self.command, may_fail=True)]


PROGRAMS = {
    "millpond": Millpond,
    "confluence-markdown-exporter": Exporter,
    "confluence-cli": Puller,
    "ConfluenceLoader": Loader,
}


def runs(target: Path, name: str, latency: int):
    """What each run of a program used."""
    found = {}
    folder = Path(tempfile.mkdtemp(prefix="others-", dir=target))
    site = Site(target / "release" / "measured_site", PAGES, "--version-1", "--latency", latency)
    try:
        program = PROGRAMS[name](target, site, folder)
        for run in RUNS:
            if run == RUNS[2]:
                site.tell("edit")
            used = program.run()
            report = site.report()
            found[run] = {
                "requests": report["requests"],
                "refused": report["refused"],
                "bytes": report["bytes"],
                "seconds": sum(part.seconds for part in used),
                "cpu": sum(part.cpu for part in used),
                "peak": max(part.peak for part in used),
                "failed": sum(part.child.returncode != 0 for part in used),
            }
            print(latency, name, run, json.dumps(found[run]), flush=True)
            if os.environ.get("SHOW"):
                print(json.dumps(report["routes"], indent=1), used[-1].err[-1500:], used[-1].out[-500:])
    finally:
        site.close()
        shutil.rmtree(folder, ignore_errors=True)
    return found


def main(target: Path, figures: Path, names: list[str]):
    """Puts what is measured in place of the figures before, program by program: it takes an hour to measure all."""
    known = json.loads(figures.read_text()) if figures.exists() else {}
    others = known.setdefault("others", {"pages": PAGES, "latencies": {}})
    for latency in (0, 50):
        programs = others["latencies"].setdefault(str(latency), {})
        for name in names:
            programs[name] = runs(target, name, latency)
            figures.write_text(json.dumps(known, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), Path(sys.argv[2]), sys.argv[3:] or list(PROGRAMS))
