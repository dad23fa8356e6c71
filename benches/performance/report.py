"""Writes tables and plots of what was measured into the document: `report.py FIGURES DOCUMENT`."""

import json
import re
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

STEPS = [
    "first copy",
    "unchanged delta",
    "delta, 1 % edited",
    "sweep",
    "status",
    "change feed",
    "export",
    "export again",
    "backup",
    "daemon start",
]


def number(value, digits=0) -> str:
    return f"{value:,.{digits}f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    line = lambda cells: "| " + " | ".join(cells) + " |"
    ruler = "|" + "|".join("---" if at == 0 else "--:" for at in range(len(head))) + "|"
    return "\n".join([line(head), ruler, *(line(row) for row in rows)]) + "\n"


def first_copies(sizes) -> str:
    rows = []
    for pages, steps in sizes:
        copy, size = steps["first copy"], steps["size"]
        two_cores = max(copy["writer"], copy["cpu"] / 2)
        rows.append([
            number(pages),
            number(pages / two_cores),
            number(pages / copy["seconds"]),
            number(copy["cpu"], 1),
            number(copy["writer"], 1),
            number(copy["merging"], 1) if "merging" in copy else "",
            number(copy["site_cpu"], 1),
            number(copy["points"] / pages, 4),
            number(copy["peak"]),
            number(copy["idle"]),
            number(size["database"] / size["markdown"], 2),
            number((size["database"] - size["bodies"]) / size["markdown"], 2),
        ])
    return table(
        ["pages", "pages/s, two free cores", "pages/s then", "CPU s", "of which the writer", "merging after it, CPU s",
         "site's CPU s", "points a page", "peak MiB", "idle MiB", "database / Markdown", "without bodies"],
        rows,
    )


def steps_of(pages, steps) -> str:
    rows = []
    for name in STEPS:
        if name not in steps:
            continue
        step = steps[name]
        rows.append([
            name, number(step["cpu"], 2), number(step["seconds"], 2), number(step["site_cpu"], 2),
            number(step["requests"]), number(step["points"]), number(step["bytes"] / 1e6, 2), number(step["peak"]),
        ])
    found = steps.get("search")
    text = table(["step", "CPU s", "seconds then", "site's CPU s", "requests", "points", "MB", "peak MiB"], rows)
    if found:
        text += (
            f"\nSearch, a process for each of 35 queries: {1000 * found['median']:.0f} ms of CPU for half of them, "
            f"{1000 * found['p95']:.0f} ms for 95 %, at most {found['peak']:.0f} MiB.\n"
        )
    size = steps["size"]
    text += (
        f"\nDatabase {number(size['database'] / 1e6)} MB: Markdown {number(size['markdown'] / 1e6)} MB, stored bodies "
        f"{number(size['bodies'] / 1e6)} MB (uncompressed {number(size['storage'] / 1e6)} MB).\n"
    )
    return f"### {number(pages)} pages\n\n{text}"


def plots(sizes, folder: Path):
    folder.mkdir(exist_ok=True)
    pages = [size for size, _ in sizes]
    plot(folder / "cpu.png", "CPU seconds of millpond", pages, sizes, "cpu", STEPS, log=True)
    plot(folder / "memory.png", "most memory held, MiB", pages, sizes, "peak", STEPS, log=False)
    plot(
        folder / "requests.png", "requests", pages, sizes, "requests",
        ["first copy", "unchanged delta", "delta, 1 % edited", "sweep"], log=True,
    )


def plot(path: Path, label: str, pages, sizes, figure: str, steps, log: bool):
    drawing, axes = pyplot.subplots(figsize=(8, 4))
    for step in steps:
        known = [(size, found[step][figure]) for size, found in sizes if step in found]
        if known:
            axes.plot(*zip(*known), marker="o", label=step)
    axes.set_xscale("log")
    if log:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.set_xlabel("pages")
    axes.set_ylabel(label)
    axes.set_xticks(pages, [number(size) for size in pages])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))
    drawing.tight_layout()
    drawing.savefig(path, dpi=110)
    pyplot.close(drawing)


def compared(found) -> str:
    rows = []
    for latency, tools in found["latencies"].items():
        ours = tools["millpond"]
        for step in ours:
            for tool, steps in tools.items():
                used = steps.get(step)
                if not used:
                    continue
                ratio = lambda name: number(used[name] / max(ours[step][name], 0.01), 1)
                rows.append([
                    f"{latency} ms", step, tool, number(used["requests"]), ratio("requests"),
                    number(used["seconds"], 2), ratio("seconds"), number(used["cpu"], 2), ratio("cpu"),
                    number(used["peak"]),
                ])
    return table(
        ["latency", "run", "program", "requests", "times ours", "seconds", "times ours", "CPU s", "times ours", "peak MiB"],
        rows,
    )


def replace(text: str, name: str, new: str) -> str:
    """Puts `new` between the marks of that name."""
    pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
    return re.sub(pattern, lambda found: found[1] + "\n" + new + "\n" + found[2], text, flags=re.S)


def main(figures: Path, document: Path):
    known = json.loads(figures.read_text())
    sizes = sorted((int(pages), steps) for pages, steps in known.get("sizes", {}).items())
    text = document.read_text()
    if sizes:
        text = replace(text, "first copies", first_copies(sizes))
        text = replace(text, "steps", "\n".join(steps_of(*size) for size in sizes))
        plots(sizes, document.with_suffix(""))
    if "others" in known:
        text = replace(text, "others", compared(known["others"]))
    document.write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
