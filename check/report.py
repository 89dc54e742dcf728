"""Where the report goes."""

import sys
from pathlib import Path

from arguments import Arguments
from problem import Problem

MARKDOWN = "markdown"


def describe_level(arguments: Arguments) -> str:
    return "an error" if arguments.fail_on == "error" else f"{arguments.fail_on} or above"


def write(lines: list[str], summary_lines: list[str], arguments: Arguments) -> None:
    """Writes the report, and appends that in Markdown to the file of the summary."""
    if arguments.summary:
        write_file("SUMMARY", arguments.summary, summary_lines, "a")
    if arguments.out:
        write_file("OUT", arguments.out, lines, "w")
    else:
        sys.stdout.buffer.write(as_text(lines).encode())
        sys.stdout.buffer.flush()


def write_file(argument: str, path: Path, lines: list[str], mode: str) -> None:
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(as_text(lines))
    except OSError as error:
        raise Problem(f"{argument}={path}: the file cannot be written: {error.strerror}") from None


def as_text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
