"""The project's own settings of pg_guardrail, as its postgresql.conf has them."""

import re
from pathlib import Path

from problem import Problem, at

# A name and a value, which is a word or is quoted. A comment may follow.
SETTING = re.compile(r"\s*([\w.]+)\s*(?:=\s*|\s)(?:'((?:[^'\\]|''|\\.)*)'|([^\s'#=]+))\s*(?:#.*)?$")
# What stands for another character in what is quoted.
ESCAPED = re.compile(r"''|\\([0-7]{1,3}|.)")
LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
OURS = re.compile(r"\s*guardrail\.", re.IGNORECASE)


def read(file: Path | None) -> dict[str, str]:
    """The settings in a file whose names begin with `guardrail.`; those of the server are passed over."""
    if file is None:
        return {}
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"SETTINGS={file}: the file cannot be read: {error}") from None
    settings = {}
    for number, line in enumerate(lines, 1):
        if OURS.match(line):
            setting = SETTING.match(line)
            if not setting:
                message = f"SETTINGS: {at(str(file), number)} cannot be read: {line.strip()}"
                raise Problem(message, "A line is like those of postgresql.conf: guardrail.name = 'value'")
            name, quoted, word = setting.groups()
            settings[name.lower()] = word if quoted is None else ESCAPED.sub(unescape, quoted)
    return settings


def unescape(match: re.Match[str]) -> str:
    code = match[1]
    if code is None:
        return "'"
    return chr(int(code, 8)) if code.isdigit() and int(code[0]) < 8 else LETTERS.get(code, code)


def as_options(settings: dict[str, str]) -> str:
    """Settings as a connection takes them. White space ends one unless a backslash is before it."""
    escaped = {name: re.sub(r"([\\\s])", r"\\\1", value) for name, value in settings.items()}
    return " ".join(f"-c {name}={value}" for name, value in escaped.items())
