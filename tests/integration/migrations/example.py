"""A database for one of the projects under examples/, guarded before the project's own tool sees it."""

import re

import server
import tools

EXAMPLES = server.ROOT / "examples"
PRESETS = ["house", "recommended", "core"]


class Example(tools.Migrations):
    # The query that shows what the tool has recorded.
    RECORD = ""

    def __init__(self, cluster, bindir):
        super().__init__(cluster, bindir, cluster.create_database("template0"))
        with self.connect() as admin:
            admin.execute("CREATE EXTENSION pg_guardrail")

    def tool(self, *arguments, **settings):
        """Runs the project's migration tool; the database is in enforce."""
        raise NotImplementedError

    def reported_rules(self, done):
        """Returns the rules whose violations were reported to the tool."""
        return sorted(violation.split()[0] for violation in self.reported())

    def passes(self, *arguments, preset="house"):
        done = self.tool(*arguments, preset=preset)
        assert done.returncode == 0, done.stdout + done.stderr
        assert self.reported_rules(done) == []
        return done

    def refuses(self, *arguments, rules, preset="house"):
        """The tool is refused for exactly these rules, and leaves nothing behind."""
        before = self.state()
        done = self.tool(*arguments, preset=preset)
        assert done.returncode != 0
        assert violated_rules(done.stdout + done.stderr) == sorted(rules)
        assert self.state() == before

    def refuses_by_hand(self, sql, rules):
        """What somebody types into psql is refused for exactly these rules, and leaves nothing behind."""
        before = self.state()
        done = self.cluster.client("psql", "-c", sql, dbname=self.dbname, PGOPTIONS="-c guardrail.preset=house")
        assert done.returncode != 0
        assert violated_rules(done.stderr) == sorted(rules)
        assert self.state() == before

    def state(self):
        return self.schema(), [row[0] for row in self.rows(self.RECORD)]

    def objects(self):
        """Returns the names of the tables and types."""
        return re.findall(r"^CREATE (?:TABLE|TYPE) public\.(\w+)", self.schema(), re.MULTILINE)


def violated_rules(output):
    """Reads the rules out of a refusal."""
    # A traceback repeats the message.
    [detail] = set(re.findall(r"^DETAIL: (.*?)^HINT: ", output, re.DOTALL | re.MULTILINE))
    return sorted(re.findall(r"Rule: (\w+) \(error\)\.$", detail, re.MULTILINE))
