"""What a long run has shown, kept under target/ until `make reliability` takes it into docs/reliability.md."""

import datetime
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "target" / "reliability"


def record(suite, postgresql, seconds, seed=None, **figures):
    """Writes the figures of one run of a suite on one server, in the place of those of the run before.

    `suite` is the suite's name (`generated`), `postgresql` the server's version (`18.6`), `seconds` what the run took,
    and each figure a number or a short text, by its name.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    run = {
        "suite": suite,
        "postgresql": postgresql,
        "date": datetime.date.today().isoformat(),
        "seconds": round(seconds),
        "seed": seed,
        "figures": figures,
    }
    place = FOLDER / f"{suite}-{postgresql.split('.')[0]}.json"
    place.write_text(json.dumps(run, indent=2) + "\n")


if __name__ == "__main__":
    # record.py SUITE VERSION SECONDS FIGURE=NUMBER…, for scripts.
    suite, postgresql, seconds, *pairs = sys.argv[1:]
    figures = {name: int(number) for name, number in (pair.split("=") for pair in pairs)}
    record(suite, postgresql, int(seconds), **figures)
