"""Which cases are run: every fault alone, every rule in every situation, and pairs of situations drawn by a seed."""

import random
from dataclasses import dataclass

import faults_of_keys
import faults_of_tables
import faults_of_types
from build import fits
from fault import Fault
from situations import SITUATIONS

FAULTS = faults_of_types.FAULTS + faults_of_keys.FAULTS + faults_of_tables.FAULTS
RULES = sorted({fault.rule for fault in FAULTS})
PRESETS = ("core", "recommended", "house", "django", "rails", "prisma")
PAIRS = 350
PAIRS_OF_TABLES = 150
OF_A_PRESET = 40


@dataclass(frozen=True)
class Item:
    seed: str
    fault: Fault
    situations: tuple
    way: str
    mode: str
    preset: str | None = None
    second: Fault | None = None


def ways_of(fault):
    """A fault of statements that make all that they are about has nothing to be moved."""
    return ("created",) if fault.statements and not fault.columns else fault.ways


def is_key(fault):
    """Whether its index or constraint is unique."""
    texts = [*fault.after, *(each.definition for each in fault.constraints)]
    return any("UNIQUE" in text or "PRIMARY KEY" in text for text in texts)


def modes(way):
    """What is only moved into the schema is not refused there: it is asked what is wrong with it."""
    return ("warn",) if way == "moved" else ("warn", "enforce")


class Plan:
    def __init__(self, seed, version):
        self.seed, self.version = seed, version
        self.random = random.Random(f"{seed} {version}")
        self.items = []

    def add(self, fault, situations, way, mode, **more):
        self.items.append(Item(f"{self.seed}:{len(self.items)}", fault, situations, way, mode, **more))

    def fit(self, fault, situations, way):
        return self.version >= fault.since and all(fits(fault, each, way, self.version) for each in situations)

    def alone(self):
        for fault in FAULTS:
            for way in ways_of(fault) if self.version >= fault.since else ():
                for mode in modes(way):
                    self.add(fault, (), way, mode)

    def systematic(self):
        """For each rule and situation one fault of the rule, in one of the ways in which it can stand there."""
        for rule in RULES:
            for situation in SITUATIONS:
                fitting = {}
                for fault in (fault for fault in FAULTS if fault.rule == rule):
                    for way in ways_of(fault):
                        if self.fit(fault, (situation,), way):
                            fitting.setdefault(way, []).append(fault)
                if fitting:
                    way = self.random.choice(sorted(fitting))
                    self.add(self.random.choice(fitting[way]), (situation,), way, modes(way)[-1])

    def keys(self):
        """What a foreign key can refer to, which few faults are, where one refers to it."""
        for situation in (each for each in SITUATIONS if each.name == "a foreign key needs it"):
            for fault in filter(is_key, FAULTS):
                way = next((way for way in ways_of(fault) if self.fit(fault, (situation,), way)), None)
                if way:
                    self.add(fault, (situation,), way, modes(way)[-1])

    def draw(self):
        while True:
            fault = self.random.choice(FAULTS)
            way = self.random.choice(ways_of(fault))
            pair = tuple(self.random.sample(SITUATIONS, 2))
            if sum(bool(each.tail) for each in pair) < 2 and self.fit(fault, pair, way):
                return fault, pair, way, self.random.choice(modes(way))

    def draw_two(self):
        """Draws two faulty tables, of which the second needs nothing but itself."""
        fault, _, way, mode = self.draw()
        if fault.name == "CONCURRENTLY":  # What is not in one transaction is told in several.
            return self.draw_two()
        simple = [each for each in FAULTS if way in each.ways and each.columns and self.version >= each.since
                  and not (each.before or each.setup or each.statements or each.table)]  # fmt: skip
        self.add(fault, (), way, mode, second=self.random.choice(simple))

    def make(self):
        self.alone()
        self.systematic()
        for _ in range(PAIRS):
            self.add(*self.draw())
        for _ in range(PAIRS_OF_TABLES):
            self.draw_two()
        for preset in PRESETS:
            for _ in range(OF_A_PRESET):
                self.add(*self.draw(), preset=preset)
        self.keys()
        return self.items
