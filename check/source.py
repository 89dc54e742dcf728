"""A file as it is read, before any server knows it."""

import os
from dataclasses import dataclass
from pathlib import Path

from problem import Problem, at
from sections import part_to_run, says_no_transaction


@dataclass
class Source:
    # What the file is called in the report.
    name: str
    # The part that is run; every line has its number.
    text: str
    transaction: bool


def read(file: Path) -> Source:
    name = name_of(file)
    part = part_to_run(read_text(file, name))
    return Source(name, part.text, part.transaction and not says_no_transaction(file))


def name_of(file: Path) -> str:
    """What a file is called: as it was given if that is below the current folder, else as its repository calls it."""
    name = Path(os.path.normpath(file))
    if name.is_absolute() or name.parts[0] == "..":
        whole = Path(os.path.abspath(file))
        roots = [Path.cwd(), *(folder for folder in whole.parents if (folder / ".git").exists())]
        name = next((whole.relative_to(root) for root in roots if whole.is_relative_to(root)), name)
    return os.fsencode(name.as_posix()).decode(errors="replace")


def read_text(file: Path, name: str) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Problem(f"{name}: the file cannot be read: {error.strerror}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Of a file that begins with a BOM, Python counts without it.
        offset = error.start + len(data) - len(error.object)
        line = data.count(b"\n", 0, offset) + 1
        message = f"{at(name, line)}: the file is not UTF-8: byte 0x{data[offset]:02x} at offset {offset}"
        encoding = "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "LATIN1"
        raise Problem(message, f"If it is {encoding}: iconv -f {encoding} -t UTF-8 {name}") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise Problem(f"{at(name, line)}: the file has a character with the code 0", "Is it a file of SQL?")
    return text
