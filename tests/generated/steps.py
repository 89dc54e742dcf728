"""What a program is made of."""

from dataclasses import dataclass, field, replace

# The session of the superuser for whom the guard is off, in both databases: it makes what is old.
LEGACY = 0
# What stands exempt in every program.
EXEMPT = {
    "guardrail.exempt_schemas": "attic",
    "guardrail.exempt_tables": "scratch_.*",
    "guardrail.exempt_roles": "exempted",
}


@dataclass(frozen=True)
class Step:
    """A statement of a session. `kind` is what it is counted as."""

    session: int
    sql: str
    kind: str = "control"

    def text(self):
        return self.sql.rstrip(";") + ";"


@dataclass(frozen=True)
class Block(Step):
    """PL/pgSQL code that runs statements. The harness knows how far it got, and can run them one by one.

    `parts` are lists of statements with a COMMIT after each but the last; `handles` says that each statement has an
    exception handler around it.
    """

    parts: tuple = ()
    handles: bool = False
    procedure: str | None = None

    def statements(self):
        return [sql for part in self.parts for sql in part]

    def made(self):
        """With the code of the parts."""
        lines, number = [], 0
        for place, part in enumerate(self.parts):
            for sql in part:
                lines.append(self.run_one(number, sql))
                number += 1
            if place < len(self.parts) - 1:
                lines.append(f"  RAISE NOTICE 'commit {place}'; COMMIT; RAISE NOTICE 'committed {place}';")
        body = "BEGIN\n" + "\n".join(lines) + "\nEND"
        if self.procedure:
            sql = f"CREATE OR REPLACE PROCEDURE {self.procedure}() LANGUAGE plpgsql AS $body$ {body} $body$"
            return replace(self, sql=sql)
        return replace(self, sql=f"DO $body$ {body} $body$")

    def run_one(self, number, sql):
        run = f"RAISE NOTICE 'at {number}'; EXECUTE $do${sql}$do$;"
        if not self.handles:
            return f"  {run}"
        told = "(SELECT json_agg(v) FROM guardrail.last_violations() AS v)"
        return (
            f"  BEGIN {run} RAISE NOTICE 'ok {number}';\n"
            f"  EXCEPTION WHEN OTHERS THEN RAISE NOTICE 'no {number} % %', SQLSTATE, {told}; END;"
        )


@dataclass
class Program:
    """The settings of its sessions, and its steps."""

    seed: int
    number: int
    settings: dict = field(default_factory=dict)
    steps: list = field(default_factory=list)

    def text(self):
        settings = " ".join(f"{name}={value!r}" for name, value in self.settings.items())
        lines = [f"-- SEED={self.seed} PROGRAM={self.number}", f"-- settings: {settings}"]
        for step in self.steps:
            who = "the superuser, guard off" if step.session == LEGACY else f"session {step.session}"
            lines += [f"-- {who}", step.text()]
            if getattr(step, "procedure", None):
                lines += [f"-- {who}", f"CALL {step.procedure}();"]
        return "\n".join(lines)
