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
MARK = re.compile(r"<!-- runs of (\w+) -->\n.*?<!-- /runs -->", re.DOTALL)


def load():
    """The runs that are kept, by suite; the oldest PostgreSQL stands first."""
    suites = {}
    for place in sorted(KEPT.glob("*.json"), key=lambda place: int(place.stem.rsplit("-", 1)[1])):
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
    has_seeds = any(run["seed"] is not None for run in runs)
    head = ["PostgreSQL", "Date", *(["Seed"] if has_seeds else []), *figures, "Time"]
    rows = [head, ["---"] * len(head)]
    for run in runs:
        seed = [cell("" if run["seed"] is None else str(run["seed"]))] if has_seeds else []
        values = [cell(run["figures"].get(name, "")) for name in figures]
        rows.append([run["postgresql"], run["date"], *seed, *values, duration(run["seconds"])])
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
