"""The code in README.md and docs/, as a test runs it.

A chapter is what stands between two headings of the second level. Its blocks ```sql and ```sh are run, in their order;
a block without a language right behind one is its output. Other blocks (```console, ```ini, ```python) are not run.
"""

import re
import subprocess

BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^##? (.+)$", re.MULTILINE)
# What PostgreSQL's programs and the shell write when something fails.
FAILURE = re.compile(r"^(psql:|createdb:|bash:|.*\b(ERROR|FATAL|PANIC):)", re.MULTILINE)


class Block:
    """Code, and the output that the document shows for it: its text and where it stands."""

    def __init__(self, language, code):
        self.language = language
        self.code = code
        self.output = None
        self.place = None


class Chapter:
    def __init__(self, path, title, blocks):
        self.path = path
        self.title = title
        self.blocks = blocks

    def __str__(self):
        return f"{self.path.name}: {self.title}"


def chapters(path):
    """The chapters of a document in which there is something to run."""
    text = path.read_text()
    # A line in a shell script may look like a heading.
    inside = [(found.start(), found.end()) for found in BLOCK.finditer(text)]
    headings = [found for found in HEADING.finditer(text) if not any(a < found.start() < b for a, b in inside)]
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    found = [Chapter(path, heading[1], blocks(text, heading.end(), end)) for heading, end in zip(headings, ends)]
    return [chapter for chapter in found if chapter.blocks]


def blocks(text, start, end):
    result, behind = [], None
    for found in BLOCK.finditer(text, start, end):
        indent, language, code = found.groups()
        if language in ("sql", "sh"):
            result.append(Block(language, re.sub(f"^{indent}", "", code, flags=re.MULTILINE)))
        elif not language and result and not text[behind : found.start()].strip():
            result[-1].output = tidy(code)
            result[-1].place = found.span(3)
        behind = found.end()
    return result


def tidy(output):
    return "\n".join(line.rstrip() for line in output.split("\n")).strip("\n")


def run(block, cluster, dbname, folder):
    """Runs a block in a new session of psql, or in a new shell. Returns what it writes."""
    path = f"{cluster.bindir}:/usr/bin:/bin"
    environment = cluster.environment(dbname, PATH=path, LC_ALL="C.UTF-8")
    psql = [str(cluster.bindir / "psql"), "--no-psqlrc", "--quiet"]
    command = psql if block.language == "sql" else ["bash", "-e", "-u", "-o", "pipefail"]
    done = subprocess.run(
        command,
        input=block.code,
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    if block.output is None:
        assert done.returncode == 0, f"{block.code}\n{done.stdout}"
        assert not FAILURE.search(done.stdout), f"{block.code}\n{done.stdout}"
    return done.stdout


def write_outputs(path, outputs):
    """Writes what was found into the document: pairs of a place and an output."""
    text = path.read_text()
    for (start, end), output in sorted(outputs, reverse=True):
        text = f"{text[:start]}{output}\n{text[end:]}"
    path.write_text(text)
