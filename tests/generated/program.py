"""Draws a program: settings, then units of work of two sessions, each statement from what there is at that moment."""

import random

import scenes
from draw import Draw, Nothing
from kinds import load
from steps import EXEMPT, LEGACY, Block, Program, Step
from world import World

KINDS = load()
# Rules that are about a statement or a transaction, and rules that almost every table would break.
NOT_AUDITED = ("unrecorded_migration", "direct_ddl", "destructive_change", "identifier_too_long")
EVERY_TABLE = ("table_without_comment", "column_without_comment", "rls_disabled", "missing_required_column",
               "nullable_column", "unbounded_string", "serial_column")
PRESETS = ("core", "core", "recommended", "house", "all", "all")


def draw_settings(rng, rules):
    preset = rng.choice(PRESETS)
    settings = {
        "guardrail.preset": "recommended" if preset == "all" else preset,
        **EXEMPT,
        "guardrail.max_messages": "100000",
        "guardrail.log_refusals": "off",
    }
    if preset == "all":
        for rule in rules:
            if rule not in NOT_AUDITED and (rule not in EVERY_TABLE or rng.random() < 0.2):
                settings[f"guardrail.{rule}"] = "error"
        settings["guardrail.named_constraint_kinds"] = rng.choice(
            ["primary key, unique, foreign key, check, exclusion", "foreign key, check"])
    if preset == "house":
        for rule in (*NOT_AUDITED, *EVERY_TABLE):
            if rule in rules and rng.random() < (0.9 if rule in NOT_AUDITED else 0.5):
                settings[f"guardrail.{rule}"] = "off"
    if rng.random() < 0.15:
        settings["guardrail.fk_on_delete_actions"] = rng.choice(["cascade", "restrict, no action"])
    if rng.random() < 0.1:
        settings["guardrail.fk_index_ignored_columns"] = "code, id"
    if rng.random() < 0.15:
        settings["guardrail.tenant_column"] = "code"
    if rng.random() < 0.1:
        settings["guardrail.journal"] = "on"
    return settings


class Writer:
    """Writes a program while it is run: what comes next depends on what there is."""

    def __init__(self, seed, number, rules, version, length=14):
        self.rng = random.Random(f"{seed}/{number}")
        self.program = Program(seed, number, draw_settings(self.rng, rules))
        self.version, self.length = version, length
        self.faults = self.rng.choice([0.03, 0.12, 0.25])
        possible = [kind for kind in KINDS.values() if kind.since <= version]
        self.featured = [possible[(number * 4 + place) % len(possible)] for place in range(4)]
        self.possible = possible
        self.gid = 0
        self.prepared = []

    def write(self, lockstep):
        """Runs the program as it is written."""
        self.lockstep = lockstep
        for scene in self.draw_scenes():
            self.begin_with(scene)
        for _ in range(self.rng.randrange(3)):
            self.legacy()
        length = len(self.program.steps) + self.length
        while len(self.program.steps) < length:
            self.unit()
        for gid in self.prepared:
            self.do(Step(1, f"COMMIT PREPARED '{gid}'"))
        lockstep.finish()

    def do(self, step):
        self.program.steps.append(step)
        return self.lockstep.run(step)

    # Statements

    def look(self, wire):
        return World(wire.must("EXECUTE world").value)

    def draw(self, session, alone=False):
        """A statement, or None where nothing came of some attempts."""
        free = self.lockstep.free(session)
        if free.is_failed:
            return None
        draw = Draw(self.rng, self.look(free), self.faults, self.version)
        for _ in range(12):
            kind = self.draw_kind(alone)
            try:
                return Step(LEGACY if kind.legacy else session, kind.draw(draw), kind.name)
            except Nothing:
                continue
        return None

    def draw_kind(self, alone):
        fitting = lambda kind: (alone or not kind.alone) and (alone or not kind.legacy)  # noqa: E731
        featured = [kind for kind in self.featured if fitting(kind)]
        if featured and self.rng.random() < 0.4:
            return self.rng.choice(featured)
        possible = [kind for kind in self.possible if fitting(kind)]
        return self.rng.choices(possible, [kind.weight for kind in possible])[0]

    # Units of work

    def draw_scenes(self):
        drawn = self.rng.sample(scenes.SCENES, self.rng.choice([0, 1, 1, 2, 2, 3]))
        wanted = [getattr(scenes, kind.scene) for kind in self.featured if kind.scene]
        return drawn + [scene for scene in wanted if scene not in drawn]

    def begin_with(self, scene):
        """What a scene has was there before the guard, or is made under its eyes."""
        draw = Draw(self.rng, None, self.rng.choice([0.0, self.faults, 0.5]), self.version)
        is_old = scene is not scenes.temporary and self.rng.random() < 0.6
        for sql in scene(draw):
            if is_old:
                self.do(Step(LEGACY, f"SET ROLE app; {sql}; RESET ROLE", "scene"))
            else:
                self.do(Step(1, sql, "scene"))

    def legacy(self):
        """What was there before the guard was."""
        wire = self.lockstep.pair.free.wire("legacy")
        wire.must("SET ROLE app")
        draw = Draw(self.rng, self.look(wire), 0.5, self.version)
        kind = KINDS[self.rng.choice(["create table", "create table", "create partitioned table", "create domain",
                                      "create composite type", "add foreign key", "create partition", "create index",
                                      "create table inherits", "add column", "create view",
                                      "create temporary table", "event trigger that runs statements"])]
        wire.must("RESET ROLE")
        try:
            sql = kind.draw(draw)
        except Nothing:
            return
        if not kind.legacy:
            sql = f"SET ROLE app; {sql}; RESET ROLE"
        self.do(Step(LEGACY, sql, kind.name))

    def unit(self):
        unit = self.rng.choices(
            [self.autocommit, self.transaction, self.interleaved, self.block], [5, 5, 1, 1.5])[0]
        unit(self.rng.choice([1, 1, 1, 2]))

    def autocommit(self, session):
        for _ in range(self.rng.randrange(1, 4)):
            if (step := self.draw(session, alone=True)) is not None:
                self.do(step)

    def transaction(self, session):
        self.do(Step(session, "BEGIN"))
        for _ in range(self.rng.randrange(1, 6)):
            self.one_of_transaction(session)
        self.end(session)

    def one_of_transaction(self, session):
        step = self.draw(session)
        if step is None:
            return
        if self.rng.random() < 0.5:
            name = f"s{self.rng.randrange(3)}"
            self.do(Step(session, f"SAVEPOINT {name}"))
            outcome = self.do(step)
            if outcome is not None and not outcome.is_ok or self.rng.random() < 0.1:
                self.do(Step(session, f"ROLLBACK TO {name}"))
            elif self.rng.random() < 0.3:
                self.do(Step(session, f"RELEASE {name}"))
        else:
            self.do(step)

    def end(self, session):
        way = self.rng.random()
        if way < 0.1:
            self.gid += 1
            gid = f"g{self.gid}"
            outcome = self.do(Step(session, f"PREPARE TRANSACTION '{gid}'"))
            if outcome is not None and outcome.is_ok:
                self.prepared.append(gid)
                if self.rng.random() < 0.7:
                    self.prepared.remove(gid)
                    word = "COMMIT" if self.rng.random() < 0.8 else "ROLLBACK"
                    self.do(Step(session, f"{word} PREPARED '{gid}'"))
        else:
            self.do(Step(session, "ROLLBACK" if way < 0.2 else "COMMIT"))

    def interleaved(self, _):
        for session in (1, 2):
            self.do(Step(session, "BEGIN"))
        for _ in range(self.rng.randrange(2, 7)):
            self.one_of_transaction(self.rng.choice([1, 2]))
        for session in self.rng.sample([1, 2], 2):
            self.end(session)

    def block(self, session):
        inside = self.rng.random() < 0.3
        if inside:
            self.do(Step(session, "BEGIN"))
        parts = []
        for _ in range(1 if inside or self.rng.random() < 0.5 else 2):
            drawn = [self.draw(session) for _ in range(self.rng.randrange(1, 4))]
            fitting = [step for step in drawn if step is not None and step.kind not in ("set role", "select into")]
            parts.append(tuple(step.sql for step in fitting))
        way = self.rng.choice(["do", "do with handlers", "call", "call"])
        procedure = f"public.proc{self.rng.randrange(9)}" if way == "call" and not inside else None
        step = Block(session, "", f"block, {way}" + " that commits" * (len(parts) > 1), tuple(parts), "handlers" in way,
                     procedure)
        self.do(step.made())
        if inside:
            self.end(session)
