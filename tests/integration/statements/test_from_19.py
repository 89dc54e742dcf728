"""What PostgreSQL can do from 19 on."""

import pytest


@pytest.fixture(autouse=True)
def from_19(needs):
    needs(19)


def test_a_key_to_a_table_that_the_same_create_schema_makes_later(guard):
    child = "CREATE TABLE child (id int, c bigint CONSTRAINT fk REFERENCES parent{})"
    parent = "CREATE TABLE parent (id bigint CONSTRAINT pk PRIMARY KEY)"
    index = "CREATE INDEX ix ON child (c)"
    guard.administer(f"GRANT CREATE ON DATABASE {guard.dbname} TO app")
    guard.refuses(
        f"CREATE SCHEMA shop {child.format('')} {parent} {index}", adds="fk_without_on_delete shop.child.fk"
    )
    guard.refuses(
        f"CREATE SCHEMA shop {child.format(' ON DELETE CASCADE')} {parent}", adds="fk_without_index shop.child.fk"
    )
    guard.passes(f"CREATE SCHEMA shop {child.format(' ON DELETE CASCADE')} {parent} {index}")
    assert guard.observe("SELECT rule FROM guardrail.audit() WHERE schema_name = 'shop' AND level = 'error'") == []


@pytest.mark.parametrize("name", ["oid8", "regdatabase"])
def test_types(guard, name):
    guard.passes(f"CREATE TABLE t (id {name} CONSTRAINT pk_t PRIMARY KEY, more {name}[])")
    guard.passes(f"ALTER TABLE t ADD n {name}", f"ALTER TABLE t ALTER n TYPE {name}")
    guard.check_only("disallowed_primary_key_type").configure(primary_key_types="bigint")
    guard.refuses(f"CREATE TABLE u (id {name} CONSTRAINT pk_u PRIMARY KEY)", adds="disallowed_primary_key_type u.id")
