"""`python -m benchmarks.report FILE`: from a run's lines to docs/benchmarks.md.

FILE is what `make bench ARGS='--output FILE'` wrote. Figures of one thing at several
sizes ("…, 16 clients …", "… at 300 shops") become a curve in docs/pictures/. What is
written between the page's marks by hand stays. The capacity table of docs/operations.md
is computed where the run was a whole one.
"""

import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
django.setup()

import matplotlib  # noqa: E402

matplotlib.use("svg")

from matplotlib import pyplot  # noqa: E402

from benchmarks import capacity  # noqa: E402
from benchmarks.kit import machine  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
OPERATIONS = ROOT / "docs" / "operations.md"
PICTURES = ROOT / "docs" / "pictures"

#: What stands between them is written by hand and kept.
BEGIN, END = "<!-- by hand -->", "<!-- /by hand -->"

#: The size in a figure's name, by which a curve is drawn.
SIZE = re.compile(
    r"(?P<size>\d[\d,]*) (?P<what>client|shop|socket|process|message)(?:e?s)?\b"
)
LABELS = {"ours": "QuickCart", "baseline": "baseline"}
COLOURS = {"ours": "#1f6f54", "baseline": "#8a8f98"}

INTRODUCTION = """# Benchmarks

What `make bench` measured; `make bench ARGS='--output FILE'` and
`python -m benchmarks.report FILE` write this page. Each figure that is judged stands
beside a baseline taken in the same run, on the same machine: ratios last, seconds do
not. [benchmarks/README.md](../benchmarks/README.md) says what is measured how.

A page's name says what was kept when it was asked for. "Kept": the whole page. "Not
kept, its parts kept": the process puts it together from parts that it has drawn before,
so that some pages ask the database nothing. "First after a change": the parts of the
shop's edition are drawn anew, too; that is the dear one.
"""

Line = dict[str, Any]


def main(path: Path) -> None:
    """Write the page and its pictures."""
    lines = _latest(json.loads(text) for text in path.read_text().splitlines() if text)
    taken_at = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    curves = _curves(lines)
    parts = [INTRODUCTION, _heading(taken_at), _verdict(lines), _by_hand()]
    for title, group in _groups(lines).items():
        parts.append(f"## {title}\n\n{_table(group)}")
    if curves:
        parts.append("## Curves\n")
        parts += [_drawn(name, points) for name, points in sorted(curves.items())]
    PAGE.write_text("\n".join(parts))
    print(f"{PAGE}: {len(lines)} figures, {len(curves)} curves")
    try:
        OPERATIONS.write_text(capacity.filled(OPERATIONS.read_text(), lines))
    except ValueError as error:
        print(f"{OPERATIONS} stays as it is: {error}")


def _latest(lines: Iterable[Line]) -> list[Line]:
    """Return the lines, of those with the same name the last: a run was repeated."""
    return list({line["name"]: line for line in lines}.values())


def _heading(taken_at: datetime) -> str:
    here = machine.described()
    facts = [
        ("Date", f"{taken_at:%Y-%m-%d}"),
        ("Processor", f"{here['cpu']}, {here['cores']} cores"),
        ("Memory", here["memory"]),
        ("System", here["system"]),
        ("Python", here["python"]),
        ("PostgreSQL", here["postgresql"]),
    ]
    rows = "\n".join(f"| {name} | {value} |" for name, value in facts)
    return f"| | |\n|---|---|\n{rows}\n"


def _verdict(lines: Sequence[Line]) -> str:
    judged = [line for line in lines if line["target"]]
    missed = [line for line in judged if not line["ok"]]
    words = f"{len(judged)} of {len(lines)} figures are judged; "
    if not missed:
        return f"{words}all are as promised.\n"
    names = "".join(f"\n- {line['name']}" for line in missed)
    return f"{words}{len(missed)} miss their target:\n{names}\n"


def _by_hand() -> str:
    """Return what somebody wrote into the page that stands."""
    before = PAGE.read_text() if PAGE.exists() else ""
    notes = before.partition(BEGIN)[2].partition(END)[0]
    return f"{BEGIN}{notes or chr(10)}{END}\n"


def _groups(lines: Sequence[Line]) -> dict[str, list[Line]]:
    """Return the figures under their first words, in the order they came."""
    groups: dict[str, list[Line]] = {}
    for line in lines:
        title = re.split(r"[,:]| a second| of | at ", line["name"])[0].strip()
        groups.setdefault(title.capitalize(), []).append(line)
    return groups


def _table(lines: Sequence[Line]) -> str:
    head = "| Figure | Value | Unit | Baseline | Ratio | Target | |"
    rows = [head, "|---|---:|---|---:|---:|---|---|"]
    for line in lines:
        mark = "" if not line["target"] else "✓" if line["ok"] else "✗"
        cells = [
            line["name"],
            _number(line["value"]),
            line["unit"],
            _number(line["baseline"]),
            _number(line["ratio"]),
            line["target"].replace("<=", "≤").replace(">=", "≥"),
            mark,
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,g}"


def _curves(lines: Sequence[Line]) -> dict[str, list[tuple[float, Line]]]:
    """Return figures of one name at three sizes or more."""
    found: dict[str, list[tuple[float, Line]]] = {}
    for line in lines:
        if size := SIZE.search(line["name"]):
            name = SIZE.sub(lambda match: f"N {match['what']}", line["name"], count=1)
            at = float(size["size"].replace(",", ""))
            found.setdefault(name, []).append((at, line))
    return {
        name: sorted(points, key=lambda point: point[0])
        for name, points in found.items()
        if len({at for at, _line in points}) >= 3
    }


def _drawn(name: str, points: Sequence[tuple[float, Line]]) -> str:
    """Draw a curve; return the picture's line for the page."""
    sizes = [at for at, _line in points]
    lines = [line for _at, line in points]
    [what] = re.findall(r"N ([a-z]+)", name)[:1]
    title = re.sub(r",? (at |beside |with )?N [a-z]+", "", name)
    figure, axes = pyplot.subplots(figsize=(7, 3.6))
    curves = {"ours": [line["value"] for line in lines]}
    if all(line["baseline"] is not None for line in lines):
        curves["baseline"] = [line["baseline"] for line in lines]
    for key, values in curves.items():
        axes.plot(sizes, values, marker="o", color=COLOURS[key], label=LABELS[key])
    axes.set(xlabel=f"{what}s", ylabel=lines[0]["unit"], title=title)
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:g}" for size in sizes])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60]
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = PICTURES / f"bench-{slug}.svg"
    # The same figures make the same file.
    matplotlib.rcParams["svg.hashsalt"] = "quickcart"
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
    drawn = path.read_text().splitlines()
    path.write_text("".join(f"{line.rstrip()}\n" for line in drawn))
    return f"![{title}](pictures/{path.name})\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
