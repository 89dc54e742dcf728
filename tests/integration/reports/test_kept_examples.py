"""The examples of docs/examples/: the reports of two databases, rendered anew, are what is kept there.

With BLESS=1 they are written; read the difference then.
"""

import os
import re

import pytest
from server import ROOT
from test_shop import Shop, programs  # noqa: F401 (a fixture)

KEPT = ROOT / "docs" / "examples"
FILES = {"html": "html", "markdown": "md", "text": "txt"}
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")

# What the shop had before: one table is frozen, a part of another one is exempt, and the rest is to be fixed.
BEFORE = """
    CREATE SCHEMA before;
    CREATE TABLE before.visits (
        id uuid CONSTRAINT pk_visits PRIMARY KEY,
        customer_id uuid NOT NULL CONSTRAINT fk_visits_customer_id REFERENCES customers ON DELETE CASCADE,
        seen_at timestamp NOT NULL);
    SELECT guardrail.freeze(schemas => 'before');
    CREATE TABLE before.parcels (
        id serial PRIMARY KEY,
        order_id uuid REFERENCES orders,
        "Weight" money CHECK ("Weight" > 0::money),
        sent_at timestamp,
        label text);
    SELECT guardrail.exempt('timestamp_without_time_zone', 'before.parcels', 'sent_at', 'the scale has no time zone');
"""


def expect_kept(database, name, preset):
    with database.connect() as admin:
        admin.execute(f"SET guardrail.preset = {preset}")
        for report, ending in FILES.items():
            lines = admin.execute("SELECT guardrail.report(%s)", [report]).fetchall()
            text = "".join(f"{line}\n" for (line,) in lines)
            text = TIME.sub("2026-11-27 12:00:00", re.sub(rf"\b{database.dbname}\b", name, text))
            path = KEPT / f"{name}.{ending}"
            if "BLESS" in os.environ:
                path.write_text(text)
            assert text == path.read_text(), f"{path} is not what is rendered"


@pytest.fixture
def shop(cluster, programs, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("SHOP_DATABASE_URL", "postgresql+psycopg://")
    made = Shop(cluster, programs, tmp_path / "shop")
    yield made
    cluster.drop_database(made.dbname)


def test_the_report_of_the_shop(shop):
    shop.passes("upgrade", "head")
    with shop.connect() as admin:
        admin.execute("SET guardrail.preset = house")
        admin.execute(BEFORE)
    expect_kept(shop, "shop", "house")


def test_the_report_of_mlflow(migrations):
    database = migrations()
    assert database.mlflow(mode="off").returncode == 0
    expect_kept(database, "mlflow", "recommended")
