"""A database for one of the projects under examples/, guarded before the project's own tool sees it."""

import re

import server
import tools

EXAMPLES = server.ROOT / "examples"
PRESETS = ["house", "recommended", "core"]


class Example(tools.Migrations):
    # What the tool has recorded.
    RECORD = ""

    def __init__(self, cluster, bindir):
        super().__init__(cluster, bindir, cluster.create_database("template0"))
        with self.connect() as admin:
            admin.execute("CREATE EXTENSION pg_guardrail")

    def tool(self, *arguments, **settings):
        """Runs the project's migration tool; the database is in enforce."""
        raise NotImplementedError

    def heard(self, done):
        """The rules of which the tool was warned."""
        return sorted(violation.split()[0] for violation in self.reported())

    def passes(self, *arguments, preset="house"):
        done = self.tool(*arguments, preset=preset)
        assert done.returncode == 0, done.stdout + done.stderr
        assert self.heard(done) == []
        return done

    def refuses(self, *arguments, rules, preset="house"):
        """For exactly these rules, and nothing is left behind."""
        before = self.state()
        done = self.tool(*arguments, preset=preset)
        assert done.returncode != 0
        assert violated(done.stdout + done.stderr) == sorted(rules)
        assert self.state() == before

    def refuses_by_hand(self, sql, rules):
        """What somebody types next to the migrations."""
        before = self.state()
        done = self.cluster.client("psql", "-c", sql, dbname=self.dbname, PGOPTIONS="-c guardrail.preset=house")
        assert done.returncode != 0
        assert violated(done.stderr) == sorted(rules)
        assert self.state() == before

    def state(self):
        return self.schema(), [row[0] for row in self.rows(self.RECORD)]

    def objects(self):
        """The tables and types that there are."""
        return re.findall(r"^CREATE (?:TABLE|TYPE) public\.(\w+)", self.schema(), re.MULTILINE)


def violated(said):
    """One violation names its rule at the end of the DETAIL; of several, each has a line that begins with it."""
    # A traceback repeats the message.
    [detail] = set(re.findall(r"^DETAIL: (.*?)^HINT: ", said, re.DOTALL | re.MULTILINE))
    return sorted(re.findall(r"Rule: (\w+) \(error\)\.", detail) or re.findall(r"^ ?(\w+): ", detail, re.MULTILINE))
