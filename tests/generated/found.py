"""The programs in found/, as they were printed: each has shown something once."""

import pathlib
import re
import shlex

from steps import EXEMPT, LEGACY, Program, Step

FOLDER = pathlib.Path(__file__).parent / "found"
WHO = re.compile(r"^-- (?:session (\d)|the superuser, guard off)$", re.MULTILINE)


def read(path):
    """A comment at the top says what it has shown; then come the settings and the steps."""
    head, *rest = WHO.split(path.read_text())
    words = shlex.split(re.search(r"^-- settings:(.*)$", head, re.MULTILINE)[1])
    settings = EXEMPT | dict(word.split("=", 1) for word in words)
    steps = [Step(int(session or LEGACY), sql.strip().rstrip(";")) for session, sql in zip(rest[::2], rest[1::2])]
    return Program(0, path.stem, settings, steps)


def programs(version):
    """Those that this version of PostgreSQL can run: the name of a file may end in the first one that does."""
    for path in sorted(FOLDER.glob("*.sql")):
        since = re.search(r"_from_(\d+)$", path.stem)
        if not since or version >= int(since[1]):
            yield path.name, read(path)
