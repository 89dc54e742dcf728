"""The arguments of the check. They come through the environment, as those of the other commands do."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import settings
from problem import Problem

# From the mildest to the gravest.
LEVELS = ["notice", "warning", "error"]
NEVER = "never"

# The format that is no report: what BASELINE takes.
BASELINE = "baseline"

USAGE = (
    "make check SQL_DIR=folder [PRESET=house] [SETTINGS=file] [FORMAT=sarif] [OUT=file] [BASELINE=file] "
    "[FAIL_ON=error]"
)


@dataclass
class Arguments:
    folder: Path
    # Those of the project.
    settings: dict[str, str]
    preset: str
    format: str
    out: Path | None
    # Where the report goes in Markdown as well.
    summary: Path | None
    baseline: Path | None
    # The mildest level that fails the check; None if no violation does.
    fail_on: str | None

    def fails(self, level: str) -> bool:
        return self.fail_on is not None and LEVELS.index(level) >= LEVELS.index(self.fail_on)


def read(environment: Mapping[str, str]) -> Arguments:
    """Reads the arguments. An empty one is as good as none."""

    def path(name: str) -> Path | None:
        value = environment.get(name, "")
        return Path(value) if value else None

    folder = find_folder(path("SQL_DIR"))
    own = settings.read(find_file("SETTINGS", path("SETTINGS")))
    return Arguments(
        folder=folder,
        settings=own,
        preset=environment.get("PRESET") or own.get("guardrail.preset") or "recommended",
        format=environment.get("FORMAT") or "text",
        out=find_place("OUT", path("OUT")),
        summary=find_place("SUMMARY", path("SUMMARY")),
        baseline=find_file("BASELINE", path("BASELINE"), f"FORMAT={BASELINE} OUT={path('BASELINE')} makes it."),
        fail_on=find_level(environment.get("FAIL_ON") or "error"),
    )


def find_folder(folder: Path | None) -> Path:
    if folder is None:
        raise Problem("SQL_DIR is missing: it names the folder of the SQL files", USAGE)
    where = "" if folder.is_absolute() else f" (looked for it from {Path.cwd()})"
    if not folder.exists():
        raise Problem(f"SQL_DIR={folder}: no such folder{where}")
    if not folder.is_dir():
        raise Problem(f"SQL_DIR={folder}: it is not a folder", "For one file: make demo SQL=file.sql")
    return folder


def find_place(argument: str, file: Path | None) -> Path | None:
    """Where a report goes. It is tried before the work, not after it."""
    if file is None:
        return None
    if file.is_dir():
        raise Problem(f"{argument}={file}: it is a folder, and the report is one file")
    if not file.parent.is_dir():
        raise Problem(f"{argument}={file}: there is no folder {file.parent}", f"mkdir -p {file.parent}")
    return file


def find_file(argument: str, file: Path | None, hint: str = "") -> Path | None:
    if file is None:
        return None
    if not file.exists():
        raise Problem(f"{argument}={file}: no such file", hint)
    if not file.is_file():
        raise Problem(f"{argument}={file}: it is not a file")
    return file


def find_level(word: str) -> str | None:
    if word not in [*LEVELS, NEVER]:
        raise Problem(f'FAIL_ON={word}: there is no level "{word}"', f"Choose one of {', '.join([*LEVELS, NEVER])}.")
    return None if word == NEVER else word
