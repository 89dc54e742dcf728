"""third_party.py NN: prints the licenses of all that is linked into the library for PostgreSQL NN, from the folders in
which cargo has the sources. A text that several crates share is printed once."""

import json
import re
import subprocess
import sys
from pathlib import Path

WIDTH = 80
NAMES = re.compile(r"(LICEN[CS]E|COPYING|COPYRIGHT|NOTICE|UNLICENSE)", re.IGNORECASE)


def cargo(*arguments):
    features = ["--locked", "--no-default-features", "--features", f"pg{sys.argv[1]}"]
    return subprocess.run(["cargo", *arguments, *features], check=True, stdout=subprocess.PIPE, text=True).stdout


def linked_crates():
    """The names and versions of the crates whose code is in the library: not those that only help to build it."""
    tree = cargo("tree", "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}")
    return {tuple(line.removesuffix(" (*)").split(" ")[:2]) for line in tree.splitlines()}


def license_files(folder, expression):
    """The files with a crate's license. Of several licenses to choose from it is MIT."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and NAMES.match(path.name))
    chosen = [path for path in files if "MIT" in path.name.upper()]
    return chosen if chosen and re.search(r"\bOR\b|/", expression) and "AND" not in expression else files


def main():
    crates = linked_crates()
    texts = {}
    missing = []
    for package in json.loads(cargo("metadata", "--format-version", "1"))["packages"]:
        name, version = package["name"], package["version"]
        if (name, f"v{version}") not in crates or name == "pg_guardrail":
            continue
        title = f"{name} {version} ({package['license']})"
        files = license_files(Path(package["manifest_path"]).parent, package["license"])
        for file in files:
            text = file.read_text(errors="replace").replace("\r\n", "\n").strip("\n")
            texts.setdefault(text, []).append(title)
        if not files:
            missing.append(f"{title}, by {', '.join(package['authors']) or 'its authors'}")

    print("pg_guardrail contains code of the Rust standard library (MIT OR Apache-2.0, by The Rust Project Developers)")
    print("and of these crates. Where there is a choice of licenses, MIT is chosen.")
    for text, titles in sorted(texts.items(), key=lambda entry: entry[1]):
        print("\n" + "=" * WIDTH, *titles, "-" * WIDTH, text, sep="\n")
    if missing:
        print("\n" + "=" * WIDTH, "These crates name their license and have no file with its text:", *missing, sep="\n")


main()
