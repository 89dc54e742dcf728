"""Makes a program that shows something smaller, as long as it shows the same."""

import re
from dataclasses import replace

from lockstep import Finding, Lockstep
from steps import Block, Program

# Words that are often not needed.
SPARE = re.compile(r" NOT NULL| DEFAULT now\(\)| CASCADE| IF NOT EXISTS| INCLUDING \w+|public\.|s2\.")


def replay(pair, program, counts):
    """Runs the steps of a program. Returns the finding, if there is one."""
    pair.reset(program.settings)
    lockstep = Lockstep(pair, counts)
    try:
        for step in program.steps:
            lockstep.run(step)
        lockstep.finish()
    except Finding as finding:
        return finding
    except RuntimeError as error:
        return Finding("the harness fails", str(error))
    return None


class Shrinker:
    def __init__(self, pair, program, what, counts, budget=400):
        self.pair, self.program, self.what, self.counts, self.budget = pair, program, what, counts, budget
        self.finding = None

    def shows_it(self, steps=None, settings=None):
        if self.budget <= 0:
            return False
        self.budget -= 1
        program = Program(self.program.seed, self.program.number, settings or self.program.settings,
                          self.program.steps if steps is None else steps)
        finding = replay(self.pair, program, self.counts)
        if finding is None or finding.what != self.what:
            return False
        self.program, self.finding = program, finding
        return True

    def run(self):
        if not self.shows_it():
            return None
        self.drop_chunks()
        self.drop_settings()
        self.drop_elements()
        self.drop_chunks()
        return self.finding

    def drop_chunks(self):
        size = max(1, len(self.program.steps) // 2)
        while size:
            place = 0
            while place < len(self.program.steps):
                steps = self.program.steps
                if not self.shows_it(steps[:place] + steps[place + size:]):
                    place += size
            size //= 2
        self.drop_inner()

    def drop_inner(self):
        for place, step in enumerate(self.program.steps):
            if isinstance(step, Block):
                for part, statements in enumerate(step.parts):
                    for number in reversed(range(len(statements))):
                        self.without_inner(place, part, number)

    def without_inner(self, place, part, number):
        step = self.program.steps[place]
        parts = list(step.parts)
        parts[part] = parts[part][:number] + parts[part][number + 1:]
        steps = list(self.program.steps)
        steps[place] = replace(step, parts=tuple(parts)).made()
        self.shows_it(steps)

    def drop_settings(self):
        # What stands exempt is a part of the harness.
        for name in [name for name in self.program.settings if "exempt" not in name]:
            settings = {key: value for key, value in self.program.settings.items() if key != name}
            self.shows_it(settings=settings)

    def drop_elements(self):
        """Leaves out what stands between commas, and words that are often not needed."""
        for place in range(len(self.program.steps)):
            if not isinstance(self.program.steps[place], Block):
                self.drop_pieces(place)

    def drop_pieces(self, place):
        number = 0
        while True:
            sql = self.program.steps[place].sql
            pieces = list(self.pieces(sql))
            if number >= len(pieces):
                return
            start, end = pieces[number]
            steps = list(self.program.steps)
            steps[place] = replace(steps[place], sql=sql[:start] + sql[end:])
            if not self.shows_it(steps):
                number += 1

    @staticmethod
    def pieces(sql):
        depth, start = 0, None
        for place, character in enumerate(sql):
            if character == "(":
                depth += 1
                if depth == 1:
                    start = place + 1
            elif character == ")":
                if depth == 1 and start and sql[start - 1] == ",":
                    yield start - 1, place
                depth -= 1
            elif character == "," and depth <= 1:
                if depth == 1 and start is not None:
                    yield (start, place + 1) if sql[start - 1] == "(" else (start - 1, place)
                start = place + 1
        for match in SPARE.finditer(sql):
            yield match.span()
