"""The preprocessor of the docs site: makes a book of pages that are written for GitHub.

mdBook runs it with the book that docs/SUMMARY.md lists on standard input, and takes the changed book from standard
output.

* Each page of docs/rules/ becomes a chapter below docs/rules.md, in the order of the table there.
* README.md becomes the first page; the other pages from outside of docs/ get a place in the site, too.
* A setting is found under its name without the prefix, too.
* A link to a file that the site does not have leads to the repository, at $REPOSITORY. Without it, only its text stays.
* A page of docs/ that is not listed, and a link to a file that does not exist, are errors.

Paths are relative to the root folder of the project, with slashes.
"""

import json
import os
import pathlib
import posixpath
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCS = "docs"
RULES = "docs/rules.md"
SETTINGS = "docs/settings.md"
PLACES = {"README.md": "index.md"}
# Code comes first where both could match, so that what looks like a link in code stays as it is.
PARTS = re.compile(
    r"""
    (?P<block> ^[ ]*(?P<fence>```+|~~~+)(?P<info>[^\n]*)\n (?P<body>.*?) ^[ ]*(?P=fence)[ ]*$ )
    | (?P<code> (?P<ticks>`+)(?!`) (?: (?! \n[ ]*\n ) . )+? (?<!`)(?P=ticks)(?!`) )
    | \[ (?P<text> (?: `[^`]*` | [^\[\]`] )* ) \] \( (?P<target> [^()\s]+ ) \)
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
MESSAGE = re.compile(r"^(psql:.*)?(ERROR|WARNING|NOTICE|HINT): ", re.MULTILINE)
# In the first cell of a row.
SETTING = re.compile(r"^\| `guardrail\.(\w+)`", re.MULTILINE)


class Fault(Exception):
    """What a writer of the pages has to put right."""


class Site:
    def __init__(self, items, root=ROOT, repository=""):
        self.root = root
        self.repository = repository.rstrip("/")
        self.items = items
        self.add_rules()
        self.places = {page_of(chapter): self.place_of(page_of(chapter)) for chapter in chapters(items)}
        pages = {path.relative_to(root).as_posix() for path in (root / DOCS).rglob("*.md")}
        missing = sorted(pages - set(self.places) - {f"{DOCS}/SUMMARY.md"})
        if missing:
            raise Fault(f"{', '.join(missing)}: neither docs/SUMMARY.md nor the table of docs/rules.md lists it")

    def add_rules(self):
        for chapter in chapters(self.items):
            if page_of(chapter) != RULES:
                continue
            names = re.findall(r"^\| \[`\w+`\]\(rules/(\w+)\.md\)", chapter["content"], re.MULTILINE)
            chapter["sub_items"] += [{"Chapter": self.rule(name, chapter, at)} for at, name in enumerate(names, 1)]
            return
        raise Fault(f"docs/SUMMARY.md does not list {RULES}")

    def rule(self, name, above, at):
        path = f"rules/{name}.md"
        if not (self.root / DOCS / path).is_file():
            raise Fault(f"{RULES} lists {path}, which does not exist")
        content = (self.root / DOCS / path).read_text(encoding="utf-8")
        return {
            "name": name,
            "content": content,
            "number": [*above["number"], at],
            "sub_items": [],
            "path": path,
            "source_path": path,
            "parent_names": [*above["parent_names"], above["name"]],
        }

    def place_of(self, page):
        """The path in the site, relative to its root; mdBook writes .html for .md."""
        place = in_docs(PLACES.get(page, page))
        # A report that is kept as Markdown and as HTML has one name for both.
        return f"{place}.md" if (self.root / DOCS / place).with_suffix(".html").exists() else place

    def render(self):
        for chapter in chapters(self.items):
            page = page_of(chapter)
            content = PARTS.sub(lambda part: self.part(part, page), chapter["content"])
            if page == SETTINGS:
                # The search knows whole words, and `guardrail.mode` is one.
                content = SETTING.sub(r"\g<0> <span hidden>\g<1></span>", content)
            chapter["content"] = content
            chapter["path"] = self.places[page]

    def part(self, part, page):
        if part["block"]:
            # Messages have long lines, which style.css wraps.
            wraps = not part["info"].strip() and MESSAGE.search(part["body"])
            return part[0].replace(part["fence"], part["fence"] + "text,message", 1) if wraps else part[0]
        if part["code"]:
            return part[0]
        target = self.target(part["target"], page)
        return part["text"] if target is None else f"[{part['text']}]({target})"

    def target(self, target, page):
        """Where the link leads in the site; None if it can lead nowhere."""
        path, mark, anchor = target.partition("#")
        if not path or re.match(r"[a-z]+:", path):
            return target
        file = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
        if file.startswith("..") or not (self.root / file).exists():
            raise Fault(f"{page} links to {target}, which does not exist")
        here = posixpath.dirname(self.places[page])
        if file in self.places:
            return posixpath.relpath(self.places[file], here or ".") + mark + anchor
        # mdBook copies what is no page.
        if file.startswith(f"{DOCS}/") and (self.root / file).is_file() and not file.endswith(".md"):
            return posixpath.relpath(in_docs(file), here or ".") + mark + anchor
        if not self.repository:
            return None
        kind = "tree" if (self.root / file).is_dir() else "blob"
        return f"{self.repository}/{kind}/HEAD/{file}{mark}{anchor}"


def chapters(items):
    """All chapters that have a page, at any depth."""
    for item in items:
        chapter = item.get("Chapter") if isinstance(item, dict) else None
        if chapter and chapter["path"]:
            yield chapter
            yield from chapters(chapter["sub_items"])


def page_of(chapter):
    return posixpath.normpath(posixpath.join(DOCS, chapter["source_path"]))


def in_docs(file):
    return file.removeprefix(f"{DOCS}/")


def main():
    if sys.argv[1:2] == ["supports"]:
        return
    _, book = json.load(sys.stdin)
    try:
        Site(book["items"], repository=os.environ.get("REPOSITORY", "")).render()
    except Fault as fault:
        sys.exit(f"error: {fault}")
    json.dump(book, sys.stdout)


if __name__ == "__main__":
    main()
