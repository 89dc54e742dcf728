"""What went wrong, in words for whoever runs the check."""


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
