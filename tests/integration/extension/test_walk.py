"""The chapter of README.md about adopting pg_guardrail on an existing database: every line of it is run, in order."""

import re

import documents
import psycopg
import pytest
import test_documents
from test_documents import LEGACY, README, WALK, run_chapter, shop  # noqa: F401 (a fixture)

# What the developers of the shop have written while the walk went on. A migration brings its exemptions along.
LATER = """
    CREATE INDEX ix_orders_customer_id ON orders (customer_id);
    ALTER TABLE orders ADD COLUMN note text;
"""


def chapter():
    return next(it for it in documents.chapters(README) if it.title == WALK)


def code_of(pattern):
    """The blocks of SQL in the walk that contain something."""
    return [block.code for block in chapter().blocks if block.language == "sql" and re.search(pattern, block.code)]


@pytest.fixture
def folder(tmp_path):
    """A folder with the two files that the walk takes for granted: the settings from above, and the migrations."""
    settings = "".join(code_of("^CREATE EXTENSION") + code_of("exempt_schemas"))
    # New sessions know the settings; this one has to load the library to set them.
    settings = settings.replace("DATABASE shop ", "DATABASE shop_ci ").replace("ALTER", "LOAD 'pg_guardrail';\nALTER", 1)
    (tmp_path / "settings.sql").write_text(settings)
    (tmp_path / "migrations.sql").write_text(LEGACY + LATER + "".join(code_of("guardrail.exempt\\(")))
    return tmp_path


def rows(cluster, dbname, query):
    with cluster.connect(dbname) as session:
        return session.execute(query).fetchall()


def test_the_walk(shop, folder):  # noqa: F811
    """Compares the outputs, and what is there at the end."""
    run_chapter(shop, chapter(), folder)

    baseline = (folder / "guardrail-baseline.jsonl").read_text().splitlines()
    assert baseline == sorted(baseline)
    assert len(baseline) == len(set(baseline)) == 9
    for dbname in ("shop", "shop_ci"):
        assert rows(shop, dbname, "SELECT count(*) FROM guardrail.frozen") == [(9,)]
        statuses = "SELECT status, count(*) FROM guardrail.audit() GROUP BY status ORDER BY status"
        assert rows(shop, dbname, statuses) == [("exempt", 1), ("frozen", 9)]
        exemptions = "SELECT rule, relation, object, created_by FROM guardrail.exemptions"
        assert rows(shop, dbname, exemptions) == [
            ("timestamp_without_time_zone", r"public\.invoices", "issued_at", "postgres")
        ]
    # What is in the repository makes the same of both databases.
    fingerprints = "SELECT fingerprint FROM guardrail.audit() ORDER BY fingerprint"
    assert rows(shop, "shop", fingerprints) == rows(shop, "shop_ci", fingerprints)
    assert rows(shop, "shop", "SELECT * FROM guardrail.export_frozen()") == [(line,) for line in baseline]
    may_exempt = "SELECT has_function_privilege('deploy', oid, 'EXECUTE') FROM pg_proc WHERE proname = 'exempt'"
    assert rows(shop, "shop", may_exempt) == [(True,)]
    assert rows(shop, "shop", "SELECT to_regclass('shipments')") == [(None,)]

    # CI fails as soon as there is a violation that is not in the baseline, and not before.
    rows(shop, "shop_ci", "SELECT guardrail.assert_clean()")
    with shop.connect("shop_ci") as session:
        session.execute("CREATE TABLE returns (id bigint CONSTRAINT pk_returns PRIMARY KEY, sent_at timestamp)")
        with pytest.raises(psycopg.Error) as raised:
            session.execute("SELECT guardrail.assert_clean()")
    assert raised.value.sqlstate == "42R01"
    assert "returns" in " ".join(filter(None, (raised.value.diag.message_primary, raised.value.diag.message_detail)))


def test_the_walk_is_shown_with_its_outputs():
    """What the reader is told to expect is compared: most of the steps that answer something show what."""
    assert test_documents.PREPARED[str(chapter())] == LEGACY
    assert sum(block.output is not None for block in chapter().blocks) >= 5
