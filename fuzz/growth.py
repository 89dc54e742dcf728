"""Shows how the work of each parser grows with its text: the instructions for n and for 4n bytes, and their ratio.

Takes the program (growth.rs) as its argument and runs it under callgrind. Prints for each parser the text that costs
most and the one with which the work grows most. Fails if the work for 4n is more than 5 times that for n.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

LIMIT = 5.0
# With fewer instructions for each byte, what counts is how the memory for the result is had.
FEWEST = 10


def count(program):
    """The instructions of each run, in their order, with what the program says of it."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--toggle-collect=growth::measured", "--dump-after=growth::measured"]
        command = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={folder}/out", *options, program]
        lines = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
        counts = []
        for number in range(1, len(lines) + 1):
            text = pathlib.Path(folder, f"out.{number}").read_text()
            counts.append(int(re.search(r"^(?:summary|totals): (\d+)", text, re.MULTILINE)[1]))
    return [(*line.split("\t"), count) for line, count in zip(lines, counts, strict=True)]


def main():
    rows = count(sys.argv[1])
    parsers = {}
    for (name, _, shape, short), (_, length, _, long) in zip(rows[::2], rows[1::2], strict=True):
        ratio = long / max(short, 1) if long >= FEWEST * int(length) else 0.0
        parsers.setdefault(name, []).append((ratio, long, int(length), shape))
    print(f"{'parser':<20} {'text of':<9} {'4n bytes':>9} {'instructions':>13} {'to n':>6}  repeated")
    worst = 0.0
    for name, runs in parsers.items():
        rows_of = {"costs most": max(runs, key=lambda run: run[1]), "grows most": max(runs)}
        for what, (ratio, long, length, shape) in rows_of.items():
            print(f"{name:<20} {what:<9} {length:>8} {long:>13} {ratio:>6.1f}  {shape}")
        worst = max(worst, max(runs)[0])
    print(f"The work for 4n bytes is at most {worst:.1f} times that for n, for {len(rows) // 2} pairs of texts.")
    return worst > LIMIT


sys.exit(main())
