"""`make demo SQL=file.sql`: what examples/check_sql.py says about a file, and with which status it ends. And the chapter
of `make demo` about what was there before."""

import subprocess
import sys

import pytest
from server import ROOT

BAD_AT_COMMIT = "CREATE TABLE orders (customer_id bigint CONSTRAINT fk_c REFERENCES customers ON DELETE CASCADE);"
BAD_AT_STATEMENT = "CREATE TABLE shipments (sent_at timestamp);"
OPEN = "error: the file ends in an open transaction."


@pytest.fixture
def check_sql(guard, tmp_path):
    """Runs the program on a file with this text. Returns its status, its output and its report."""

    def run(text):
        file, report = tmp_path / "file.sql", tmp_path / "report.txt"
        file.write_text(text)
        command = [sys.executable, ROOT / "examples" / "check_sql.py", guard.cluster.bindir / "psql"]
        done = subprocess.run(
            [*command, guard.dbname, file, report],
            env=guard.cluster.environment(guard.dbname),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        return done.returncode, done.stdout, report.read_text()

    return run


def test_the_heading_shows_mode_and_preset(guard, check_sql):
    guard.configure(mode="warn", preset="house")
    status, output, _ = check_sql("SELECT 1")
    assert status == 0
    assert "guardrail.mode = warn, guardrail.preset = house" in output


def test_a_clean_file(check_sql):
    status, output, _ = check_sql("BEGIN; CREATE TABLE t (id int); COMMIT; \\echo done")
    assert status == 0
    assert "violations found: 0; commands refused for them: 0" in output
    assert "error" not in output


@pytest.mark.parametrize(
    "text",
    [
        f"BEGIN; {BAD_AT_COMMIT}",
        f"\\set AUTOCOMMIT off\n{BAD_AT_COMMIT}",
        f"BEGIN; {BAD_AT_COMMIT}\n\\q",
        f"BEGIN; {BAD_AT_COMMIT}\n\\c\nSELECT 1;",
    ],
    ids=["BEGIN", "autocommit off", "quit", "connect"],
)
def test_a_file_that_ends_in_a_transaction_fails(guard, check_sql, text):
    status, output, report = check_sql(text)
    assert status == 1
    assert OPEN in output
    assert OPEN in report
    assert guard.as_superuser().session.rows("SELECT to_regclass('orders')") == [(None,)]


def test_a_file_that_ends_in_a_failed_transaction_lists_what_failed_it(check_sql):
    status, output, _ = check_sql(f"BEGIN; {BAD_AT_STATEMENT} SELECT 1; SELECT 2;")
    assert status == 1
    assert "timestamp_without_time_zone (error): 1\n" in output
    assert "violations found: 1; commands refused for them: 1" in output
    assert "commands that failed because an earlier one had failed: 2" in output
    assert OPEN in output


def test_what_follows_from_a_refusal_is_counted_apart(check_sql):
    afterwards = "INSERT INTO shipments VALUES (now()); CREATE INDEX ON shipments (sent_at);"
    status, output, _ = check_sql(f"SELECT * FROM nothing; {BAD_AT_STATEMENT} {afterwards}")
    assert status == 1
    assert "commands that failed because an earlier one had failed: 2" in output
    assert "commands that failed for another reason, such as bad syntax (see above): 1" in output
    assert "With MODE=warn" in output


def test_nothing_is_refused_in_warn_mode(guard, check_sql):
    guard.configure(mode="warn")
    status, output, _ = check_sql(f"{BAD_AT_STATEMENT} INSERT INTO shipments VALUES (now());")
    assert status == 0
    assert "violations found: 1; commands refused for them: 0" in output


def test_many_refusals_are_summed_up(check_sql):
    table = "CREATE TABLE t{n} (at timestamp);\nINSERT INTO t{n} VALUES (now());\nSELECT {n} AS kept;\n"
    tables = "".join(table.format(n=n) for n in range(300))
    status, output, report = check_sql(f"{tables}CREATE TABLE last (id int PRIMARY KEY);\n")
    assert status == 1
    assert "timestamp_without_time_zone (error): 300\n" in output
    assert "  and 290 more\n" in output
    assert "unnamed_constraint (error): 1\n" in output
    assert "violations found: 301; commands refused for them: 301" in output
    assert "commands that failed because an earlier one had failed: 300" in output
    assert "580 messages like those above are not shown." in output
    # A message of another kind is shown, and so is what a query returns.
    assert 'ERROR:  primary key "last_pkey"' in output
    assert output.count(" kept \n") == 300
    assert output.count("ERROR:") == 21
    # The report has each message with its line.
    assert report.count("ERROR:") == 601
    assert 'file.sql:898: ERROR:  column "at" of table "public.t299"' in report
    assert report.count("HINT:") == 301
    assert not set(report) & {"\x1e", "\x1f"}


def test_other_failures(check_sql):
    status, output, _ = check_sql("CREATE TABEL t;")
    assert status == 2
    assert "commands that failed for another reason, such as bad syntax (see above): 1" in output
    status, output, _ = check_sql("\\set ON_ERROR_STOP on\nBEGIN; SELECT 1/0; SELECT 1;")
    assert status == 1
    assert "psql did not get to the end of the file: it ended with status 3" in output
    assert OPEN in output


CHAPTER = """
import sys
from showing import count_failed
from tables_from_before import tables_from_before
tables_from_before(5)
sys.exit(count_failed())
"""


@pytest.fixture
def shop(late_cluster):
    """The database `shop` with a table of its revisions, under house, enforced. Returns the cluster."""
    cluster = late_cluster
    with cluster.connect("postgres") as admin:
        admin.execute("CREATE DATABASE shop")
        admin.execute("ALTER DATABASE shop SET guardrail.preset = 'house'")
        admin.execute("ALTER DATABASE shop SET guardrail.mode = 'enforce'")
    with cluster.connect("shop") as admin:
        admin.execute("CREATE EXTENSION pg_guardrail; SET guardrail.unrecorded_migration = off")
        admin.execute(
            """CREATE TABLE customers (
                id uuid CONSTRAINT pk_customers PRIMARY KEY,
                created_at timestamptz NOT NULL DEFAULT now(),
                updated_at timestamptz NOT NULL DEFAULT now())"""
        )
    yield cluster
    cluster.drop_database("shop")


def test_the_chapter_about_tables_from_before(shop):
    done = subprocess.run(
        [sys.executable, "-c", CHAPTER],
        cwd=ROOT / "examples",
        env=shop.environment("shop", PYTHONDONTWRITEBYTECODE="1", PYTHONPATH="."),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("[ok]") == 7, done.stdout
    assert "NOT SO" not in done.stdout
    assert "before.visits" in done.stdout
    with shop.connect("shop") as admin:
        assert admin.execute("SELECT count(*) FROM guardrail.exemptions").fetchone() == (1,)
        assert admin.execute("SELECT count(*) FROM guardrail.frozen").fetchone() == (2,)
