"""Records a run of the fuzzer over all properties: the seconds, then each property with the number of its texts."""

import sys

import record

figures = dict(word.split("=") for word in sys.argv[2:])
figures = {name: int(count) for name, count in figures.items()}
record.record("fuzz", "none", int(sys.argv[1]), properties=len(figures), texts=sum(figures.values()))
