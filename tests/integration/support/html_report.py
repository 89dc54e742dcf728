"""The page that guardrail.report('html') makes, in a browser."""

import json
import pathlib

import browser
import pytest

RULES = ("timestamp_without_time_zone", "unlogged_table", "identifier_needs_quotes", "fk_without_index")
LEVELS = dict(zip(RULES, ("error", "warning", "notice", "error"), strict=True))

# Every filter has something to choose, and some rows have more than one thing in common.
TABLES = """
    CREATE SCHEMA sales;
    CREATE SCHEMA billing;
    CREATE TABLE sales.orders (placed timestamp, paid timestamp, customer_id bigint REFERENCES customers);
    CREATE UNLOGGED TABLE sales.carts (made timestamp);
    CREATE TABLE billing."Invoices" (issued timestamp);
    CREATE UNLOGGED TABLE billing.drafts (number int);
"""


def report(guard, uri=None):
    rows = guard.session.connection.execute("SELECT * FROM guardrail.report('html', uri => %s)", (uri,)).fetchall()
    return join(rows)


def entries(guard):
    """The violations as the format json has them."""
    return [json.loads(line) for (line,) in guard.session.rows("SELECT * FROM guardrail.report('json')")]


def render(guard, violations):
    lines = "\n".join(json.dumps(violation) for violation in violations)
    rows = guard.session.connection.execute("SELECT * FROM guardrail.render('html', %s)", (lines,)).fetchall()
    return join(rows)


def join(rows):
    """As `psql -At` writes them."""
    return "".join(f"{line}\n" for (line,) in rows)


class Report(browser.Page):
    """The page as one sees it."""

    def show(self, directory: pathlib.Path, html):
        path = directory / "report.html"
        path.write_text(html, encoding="ascii", newline="")
        self.url = path.as_uri()
        return self.open(self.url)

    def texts(self, selector):
        return self.run(f"Array.from(document.querySelectorAll({json.dumps(selector)}), (it) => it.textContent)")

    def seen(self):
        """The message of each row that is shown."""
        return self.run("""Array.from(document.querySelector("tbody").rows)
            .filter((row) => row.checkVisibility())
            .map((row) => row.querySelector("summary").firstChild.textContent)""")

    def count(self):
        return self.run("document.querySelector('output').textContent")

    def expect_quiet(self):
        """Nothing was complained about, nothing ran but the page's own script, and nothing else was loaded."""
        assert self.complaints == []
        assert self.requests == [self.url]
        assert self.run("performance.getEntriesByType('resource').length") == 0


@pytest.fixture
def reports(chromium):
    """Opens pages, each as a visitor of its own."""
    opened = []

    def show(*arguments, **settings):
        opened.append(Report(chromium, **settings))
        return opened[-1].show(*arguments)

    yield show
    for page in opened:
        page.close()
