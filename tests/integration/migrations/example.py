"""A database for one of the projects under examples/, guarded before their tool sees it."""

import re

import server
import tools

EXAMPLES = server.ROOT / "examples"


class Example(tools.Migrations):
    def __init__(self, cluster, bindir):
        super().__init__(cluster, bindir, cluster.create_database("template0"))
        with self.connect() as admin:
            admin.execute("CREATE EXTENSION pg_guardrail")

    def tool(self, *arguments, preset):
        """Runs the project's migration tool; what the guard says is in stderr or in `reported()`."""
        raise NotImplementedError

    def passes(self, *arguments, preset="house"):
        done = self.tool(*arguments, preset=preset)
        assert done.returncode == 0, done.stdout + done.stderr
        assert list(self.reported()) == [] and "Rule: " not in done.stdout + done.stderr
        return done

    def refuses(self, *arguments, rules, preset="house"):
        """For exactly these rules, and nothing is left behind."""
        before = self.state()
        done = self.tool(*arguments, preset=preset)
        assert done.returncode != 0
        said = done.stdout + done.stderr
        assert "HINT:" in said, said
        # One violation names its rule at the end of the DETAIL, several have a line each.
        detail = re.search(r"^DETAIL: (.*?)^HINT:", said, re.DOTALL | re.MULTILINE).group(1)
        found = re.findall(r"Rule: (\w+) \(error\)\.", detail) or re.findall(r"^ ?(\w+): ", detail, re.MULTILINE)
        assert sorted(found) == sorted(rules), said
        assert self.state() == before

    def by_hand(self, sql, preset="house"):
        """What somebody types next to the migrations."""
        return self.cluster.client("psql", "-c", sql, dbname=self.dbname, PGOPTIONS=f"-c guardrail.preset={preset}")

    def state(self):
        """The schema and what the tool has recorded."""
        return self.schema(), self.rows(self.RECORD)
