"""Writes the tables of docs/reliability.md from the runs that are kept in runs/: `render.py take|write|check`.

`take` first keeps the runs that lie under target/. `check` ends with 1 if the page does not show what is kept.
"""

import json
import pathlib
import re
import shutil
import sys

from record import FOLDER, ROOT

KEPT = pathlib.Path(__file__).with_name("runs")
PAGE = ROOT / "docs" / "reliability.md"
MARK = re.compile(r"<!-- runs of ([\w-]+) -->\n.*?<!-- /runs -->", re.DOTALL)


def load():
    """The runs that are kept, by suite; the oldest PostgreSQL stands first."""
    suites = {}
    # A suite that needs no server has no version in its name.
    for place in sorted(KEPT.glob("*.json"), key=lambda place: [len(place.stem), place.stem]):
        run = json.loads(place.read_text())
        suites.setdefault(run["suite"], []).append(run)
    return suites


def duration(seconds):
    if seconds < 120:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def cell(value):
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)


def table(runs):
    """One line for each run, one column for each figure that any of them has."""
    figures = list(dict.fromkeys(name for run in runs for name in run["figures"]))
    columns = [
        ("PostgreSQL", [run["postgresql"].replace("none", "") for run in runs]),
        ("Date", [run["date"] for run in runs]),
        ("Seed", ["" if run["seed"] is None else str(run["seed"]) for run in runs]),
        *((name.replace("_", " "), [cell(run["figures"].get(name, "")) for run in runs]) for name in figures),
        ("Time", [duration(run["seconds"]) for run in runs]),
    ]
    columns = [(title, values) for title, values in columns if any(values)]
    head = [title for title, _ in columns]
    rows = [head, ["---"] * len(head), *zip(*(values for _, values in columns))]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def render(page, suites):
    """The page with the tables of these runs. Fails where a suite has no place in it, or a place no run."""
    places = MARK.findall(page)
    if sorted(places) != sorted(suites):
        sys.exit(f"{PAGE.name} has the suites {sorted(places)}, and there are runs of {sorted(suites)}")
    return MARK.sub(lambda mark: f"<!-- runs of {mark[1]} -->\n{table(suites[mark[1]])}\n<!-- /runs -->", page)


def main(command):
    if command == "take":
        KEPT.mkdir(exist_ok=True)
        for place in FOLDER.glob("*.json"):
            shutil.copy(place, KEPT)
    page = PAGE.read_text()
    rendered = render(page, load())
    if command != "check":
        PAGE.write_text(rendered)
    elif page != rendered:
        sys.exit(f"{PAGE.name} does not show the runs that are kept: `make reliability` writes it")


if __name__ == "__main__":
    main(sys.argv[1])
