"""What went wrong, in words for whoever runs the check."""

import os
import sys
from collections.abc import Callable


class Problem(Exception):
    """Something that the check cannot work with. The hint says what to do."""

    def __init__(self, message: str, hint: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = detail

    def __str__(self) -> str:
        rows = [f"error: {self.message}"]
        for row in (self.detail, self.hint):
            rows += [f"       {line}" for line in row.splitlines()]
        return "\n".join(rows)


def at(file: str, line: int | None) -> str:
    """A place as compilers write it, which editors and terminals understand."""
    return f"{file}:{line}" if line else file


def end_with(main: Callable[[bool], int]) -> None:
    """Runs a program, which only looks at its arguments with `--inputs`, and ends with its status."""
    try:
        sys.exit(main("--inputs" in sys.argv[1:]))
    except Problem as problem:
        print(problem, file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        # Whoever read the report has read enough. Python would complain once more when it closes the output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
