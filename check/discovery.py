"""The files of a folder, in the order in which the migration tools run them."""

import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from problem import Problem

VERSIONED = re.compile(r"V(\d+(?:[._]\d+)*)__.*\.sql$", re.IGNORECASE)
REPEATABLE = re.compile(r"R__(.*)\.sql$", re.IGNORECASE)
# Flyway's files that undo begin with U. Elsewhere such a file is called so, or its name ends so.
UNDOES = re.compile(r"U\d+(?:[._]\d+)*__.*\.sql$|(?:.*[._-])?(?:down|undo|rollback|revert)\.sql$", re.IGNORECASE)

UNDO = "to undo changes"
NOT_OF_FLYWAY = "Flyway does not run such a name"
IS_LINK = "a symbolic link to a folder"


@dataclass
class Found:
    # Those to run, in their order.
    files: list[Path]
    # The others, with why they are not run.
    skipped: list[tuple[Path, str]]


def discover(folder: Path) -> Found:
    every = sorted(sql_files(folder), key=lambda file: natural(file.relative_to(folder)))
    # They could lead round in circles.
    links = [file for file in every if file.is_dir()]
    every = [file for file in every if file not in links]
    skipped = [(file, IS_LINK) for file in links]
    skipped += [(file, UNDO) for file in every if UNDOES.match(file.name)]
    files = [file for file in every if not UNDOES.match(file.name)]
    if any(VERSIONED.match(file.name) for file in files):
        skipped += [(file, NOT_OF_FLYWAY) for file in files if not is_of_flyway(file)]
        files = order_of_flyway([file for file in files if is_of_flyway(file)])
    if not files:
        what = f"no *.sql but {skipped[0][0].name} ({skipped[0][1]})" if skipped else "no *.sql"
        raise Problem(f"SQL_DIR={folder}: there is nothing to run in it: {what}")
    return Found(files, skipped)


def sql_files(folder: Path) -> Iterator[Path]:
    """The SQL files and the links to folders below a folder. What is hidden is none of the project's migrations."""

    def refuse(error: OSError) -> None:
        raise Problem(f"{error.filename}: the folder cannot be read: {error.strerror}")

    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        links = [name for name in folders if os.path.islink(Path(parent, name))]
        for name in [*names, *links]:
            if name in links or (name.lower().endswith(".sql") and not name.startswith(".")):
                path = Path(parent, name)
                # In a log, a line break in a name would begin a line of its own.
                if not str(path.relative_to(folder)).isprintable():
                    raise Problem(f"SQL_DIR={folder}: there are characters that do not show in the name {str(path)!r}")
                yield path


def is_of_flyway(file: Path) -> bool:
    return bool(VERSIONED.match(file.name) or REPEATABLE.match(file.name))


def order_of_flyway(files: list[Path]) -> list[Path]:
    """By version, in whichever folder; those that are repeated come last, by their descriptions."""

    def key(file: Path) -> tuple[bool, list[int], str]:
        if versioned := VERSIONED.match(file.name):
            return False, [int(number) for number in re.split(r"[._]", versioned[1])], file.name
        return True, [], REPEATABLE.match(file.name)[1]

    return sorted(files, key=key)


def natural(path: Path) -> list[tuple]:
    """A key by which numbers are sorted as numbers, wherever they stand: 2 comes before 10, and 1 before 1.1."""

    def key(name: str) -> tuple:
        stem = re.sub(r"\.sql$", "", name, flags=re.IGNORECASE)
        version = [int(number) for number in re.match(r"(?:\d+(?:\.\d+)*)?", stem)[0].split(".") if number]
        parts = [part for part in re.split(r"(\d+)", stem) if part]
        words = [(int(part), "") if part.isdecimal() else (math.inf, part.casefold()) for part in parts]
        return version or [math.inf], words, name

    return [key(name) for name in path.parts]
