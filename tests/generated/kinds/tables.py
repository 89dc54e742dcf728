"""Statements that make or drop tables."""

from draw import COLUMNS, REQUIRED
from world import quote

from . import kind


def bare(name):
    """The name without its schema and quotes, as names are made from it."""
    return name.rpartition(".")[2].strip('"').replace('""', '"')


def create(d, head="CREATE TABLE", name=None, tail="", more=()):
    name = name or d.new_table()
    return f"{head} {name} (\n    " + ",\n    ".join(d.elements(bare(name), more)) + f"\n){tail}"


@kind("create table", weight=6)
def create_table(d):
    return create(d)


@kind("create table if not exists")
def create_if_not_exists(d):
    table = d.table() if d.chance(0.5) else d.new_table()
    return create(d, "CREATE TABLE IF NOT EXISTS", str(table))


@kind("create table, self-referring")
def create_self_referring(d):
    name = d.new_table()
    own = f"fk_{bare(name)}_parent"
    elements = [*d.elements(bare(name)), "parent_id bigint NOT NULL"]
    elements.append(f"CONSTRAINT {quote(own)} FOREIGN KEY (parent_id) REFERENCES {name}{d.action()}")
    elements += [f"CONSTRAINT {quote('uq_' + bare(name) + '_parent')} UNIQUE (parent_id)"] * d.chance(0.7)
    return f"CREATE TABLE {name} (" + ", ".join(elements) + ")"


@kind("create temporary table")
def create_temporary(d):
    tail = d.optional(d.pick([" ON COMMIT DROP", " ON COMMIT DELETE ROWS"]), 0.3)
    return create(d, "CREATE TEMPORARY TABLE", quote(d.new_name()), tail)


@kind("create unlogged table", weight=0.6)
def create_unlogged(d):
    return create(d, "CREATE UNLOGGED TABLE")


@kind("create table like", weight=3)
def create_like(d):
    parent, name = d.table(), d.new_table()
    what = d.pick(["ALL", "INDEXES", "CONSTRAINTS", "DEFAULTS INCLUDING CONSTRAINTS", "COMMENTS", "IDENTITY"])
    more = [] if what in ("ALL", "INDEXES") else [f"{d.primary_key(bare(name))}"]
    return f"CREATE TABLE {name} (" + ", ".join([f"LIKE {parent} INCLUDING {what}", *more]) + ")"


@kind("create table as", weight=2)
def create_as(d):
    source = d.mine("rpvm")
    columns = ", ".join(quote(column.name) for column in source.columns) or "1 AS one"
    extra = d.optional(", now()::timestamp AS made", d.faults)
    return f"CREATE TABLE {d.new_table()} AS SELECT {columns}{extra} FROM {source}" + d.optional(" WITH NO DATA", 0.2)


@kind("explain analyze create table as", weight=0.5)
def explain_create_as(d):
    extra = d.optional(", now()::timestamp AS made", d.faults)
    return f"EXPLAIN ANALYZE CREATE TABLE {d.new_table()} AS SELECT 1::bigint AS code{extra}"


@kind("select into")
def select_into(d):
    extra = d.optional(", now()::timestamp AS made", d.faults)
    return f"SELECT 1::bigint AS code{extra} INTO {d.new_table()}"


@kind("create schema with elements")
def create_schema(d):
    name = d.new_name("sch")
    table = quote(d.new_name())
    parts = [create(d, name=table)]
    parts += [f"CREATE INDEX {quote('ix_' + bare(table) + '_created')} ON {table} (created_at)"] * d.chance(0.4)
    parts += [f"CREATE VIEW v AS SELECT 1 AS one"] * d.chance(0.2)
    return f"CREATE SCHEMA {quote(name)}\n" + "\n".join(parts)


@kind("create foreign table", weight=0.5)
def create_foreign(d):
    elements = ["id bigint NOT NULL", *(d.column_definition("f", name) for name in d.rng.sample(COLUMNS, 1))]
    return f"CREATE FOREIGN TABLE {d.new_table()} ({', '.join(elements)}) SERVER files OPTIONS (filename '/dev/null')"


@kind("create table of type")
def create_of(d):
    composite, name = d.mine("c"), d.new_table()
    first = d.column(composite)
    key = d.primary_key(bare(name), [first.name])
    return f"CREATE TABLE {name} OF {composite} ({key})" if d.chance(0.7) else f"CREATE TABLE {name} OF {composite}"


@kind("alter table of", weight=2)
def alter_of(d):
    if d.chance(0.4):
        return f"ALTER TABLE {d.table(lambda table: table.of_type)} NOT OF"
    fitting = [
        (table, composite)
        for table in d.world.of_kind("r")
        for composite in d.world.of_kind("c")
        if not table.parents and not table.of_type and [(c.name, c.type) for c in table.columns]
        == [(c.name, c.type) for c in composite.columns]
    ]
    table, composite = d.pick(fitting)
    return f"ALTER TABLE {table} OF {composite}"


@kind("create type for table")
def type_for_table(d):
    """A composite type with just the columns of a table, for OF."""
    table = d.table()
    columns = ", ".join(f"{quote(column.name)} {column.type}" for column in table.columns)
    return f"CREATE TYPE {quote(d.new_name('typ'))} AS ({columns})"


@kind("drop table", weight=2)
def drop_table(d):
    table = d.mine("rpf")
    return f"DROP {'FOREIGN ' * (table.kind == 'f')}TABLE {table}" + d.optional(" CASCADE", 0.5)


@kind("drop schema")
def drop_schema(d):
    return f"DROP SCHEMA {quote(d.pick(s for s in d.world.schemas if s.startswith('sch')))} CASCADE"


@kind("create table inherits", weight=2)
def create_inherits(d):
    parent, name = d.table(lambda table: table.kind == "r" and not table.is_partition), d.new_table()
    elements = [d.primary_key(bare(name))] if any(c.name == "id" for c in parent.columns) else list(REQUIRED)
    elements += [d.column_definition(bare(name))] * d.chance(0.4)
    return f"CREATE TABLE {name} ({', '.join(elements)}) INHERITS ({parent})"


@kind("inherit", weight=4)
def inherit(d):
    parent = d.table(lambda table: table.kind == "r" and not table.is_partition)
    if d.chance(0.3):
        # Two tables that fit are rare: one is made as the other one.
        name = quote(d.new_name())
        return (f"CREATE TABLE {name} (LIKE {parent} INCLUDING DEFAULTS INCLUDING CONSTRAINTS, "
                f"{d.primary_key(bare(name))})")
    names = {(column.name, column.type) for column in parent.columns}
    child = d.table(lambda table: table.kind == "r" and not table.parents and not table.is_partition
                    and table.oid != parent.oid and names <= {(c.name, c.type) for c in table.columns})
    return f"ALTER TABLE {child} INHERIT {parent}"


@kind("no inherit", weight=4)
def no_inherit(d):
    child = d.table(lambda table: table.parents and not table.is_partition)
    parent = d.world.by_oid.get(d.pick(child.parents))
    return f"ALTER TABLE {child} NO INHERIT {parent or child}"
