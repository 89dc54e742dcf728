"""Compares the results of two runs of a suite, file by file, and judges the differences by those that are known."""

import difflib
import pathlib
import re
import tomllib

KNOWN = pathlib.Path(__file__).with_name("differences.toml")


def known(suite, kind, major):
    """Those differences of a run that have a reason: by file, how many lines each has, and which must be among them."""
    found = {}
    for entry in tomllib.loads(KNOWN.read_text())["difference"]:
        if entry["suite"] == suite and kind in entry["runs"] and major in entry["majors"]:
            found[entry["file"]] = entry
    return found


def read(folder):
    """The results by name. Their place differs from run to run, as each server has a folder of its own."""
    texts = {}
    for path in sorted(folder.rglob("*.out")):
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        texts[str(path.relative_to(folder))] = re.sub(r"/tmp/pgg-\w+", "/tmp/pgg", text)
    return texts


def differences(without, guarded):
    """The files whose lines differ, with the lines that differ, as a diff shows them."""
    before, after = read(without), read(guarded)
    found = {}
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after:
            found[name] = [f"only {'with' if name in after else 'without'} the extension"]
        elif before[name] != after[name]:
            lines = difflib.unified_diff(before[name].splitlines(), after[name].splitlines(), lineterm="", n=0)
            found[name] = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    return len(after), found


def judge(found, reasons):
    """What is wrong: differences that no reason names, and reasons for what does not differ any more."""
    for name, lines in found.items():
        reason = reasons.get(name)
        if reason is None:
            yield f"{name} differs, and nobody has said why: {len(lines)} lines"
        elif not any(re.search(reason["among"], line) for line in lines):
            yield f"{name} differs, but without what the reason names ({reason['among']})"
        elif any(not re.search(reason["lines"], line) for line in lines):
            yield f"{name} differs in other lines than the reason names ({reason['lines']})"
    for name in reasons.keys() - found.keys():
        yield f"{name} does not differ any more, so its reason can go"
