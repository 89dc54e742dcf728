"""The part of a migration's file that is run, and whether it runs in a transaction, as its tool reads it.

What is left out is blanked, so that every line keeps its number.
"""

import re
from dataclasses import dataclass
from pathlib import Path

# How the parts begin that make a change and those that undo it: dbmate, goose, sql-migrate, node-pg-migrate, Play.
TOOLS = [
    (r"--\s*migrate:up\b", r"--\s*migrate:down\b"),
    (r"--\s*\+goose\s+up\b", r"--\s*\+goose\s+down\b"),
    (r"--\s*\+migrate\s+up\b", r"--\s*\+migrate\s+down\b"),
    (r"-{2,}\s*up\s+migration\b", r"-{2,}\s*down\s+migration\b"),
    (r"(?:#|--)[\s-]*!ups\b", r"(?:#|--)[\s-]*!downs\b"),
]
MARKERS = [(re.compile(up, re.IGNORECASE), re.compile(down, re.IGNORECASE)) for up, down in TOOLS]

# What says, in the file, that it is no transaction: dbmate and sql-migrate on the line where the part begins; goose,
# sqlx and Atlas on a line of their own.
NO_TRANSACTION_OF_PART = re.compile(r"\btransaction:\s*false\b|\bnotransaction\b", re.IGNORECASE)
NO_TRANSACTION_OF_FILE = re.compile(
    r"^\s*--\s*(?:\+goose\s+no\s+transaction|no-transaction|atlas:txmode\s+none)\s*$", re.IGNORECASE | re.MULTILINE
)

# pg_dump writes them around a dump for psql. They say nothing to the server.
OF_DUMPS = re.compile(r"^\\(?:un)?restrict [0-9A-Za-z]+[ \t\r]*$", re.MULTILINE)


@dataclass
class Part:
    """What is run of a file."""

    text: str
    transaction: bool


def part_to_run(text: str) -> Part:
    text = OF_DUMPS.sub(lambda line: " " * len(line[0]), text)
    transaction = not NO_TRANSACTION_OF_FILE.search(text)
    lines = text.split("\n")
    markers = next((tool for tool in MARKERS if any(marks(tool, line) for line in lines)), None)
    if markers is None:
        return Part(text, transaction)
    up, down = markers
    # Some tools make the change with all that comes before the part that undoes it, so there need not be a mark.
    runs = not any(up.match(line.strip()) for line in lines)
    kept = []
    for line in lines:
        if is_up := up.match(line.strip()):
            transaction = transaction and not NO_TRANSACTION_OF_PART.search(line)
            runs = True
        elif down.match(line.strip()):
            runs = False
        kept.append(line if runs and not is_up else "")
    return Part("\n".join(kept), transaction)


def marks(tool: tuple[re.Pattern[str], re.Pattern[str]], line: str) -> bool:
    return any(marker.match(line.strip()) for marker in tool)


def says_no_transaction(file: Path) -> bool:
    """Whether a file beside this one says that it is no transaction: those of Flyway and of Diesel."""
    for beside, setting in (
        (file.with_name(f"{file.name}.conf"), r"(?:flyway\.)?executeInTransaction\s*=\s*false"),
        (file.with_name("metadata.toml"), r"run_in_transaction\s*=\s*false"),
    ):
        if beside.is_file():
            text = beside.read_text(encoding="utf-8", errors="replace")
            if re.search(rf"^\s*{setting}\b", text, re.IGNORECASE | re.MULTILINE):
                return True
    return False
