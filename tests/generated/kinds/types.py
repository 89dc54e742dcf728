"""Domains, enums, composite types, ranges, and what uses them."""

from world import quote

from . import kind


def new_type(d, stem):
    return f"{quote(d.schema())}." * d.chance(0.5) + quote(d.new_name(stem))


@kind("create domain", weight=0.8)
def create_domain(d):
    check = d.optional(f" {'CONSTRAINT ck_dom ' * d.chance(0.7)}CHECK (VALUE IS NOT NULL)", 0.3)
    return f"CREATE DOMAIN {new_type(d, 'dom')} AS {d.type_name()}{d.optional(' NOT NULL', 0.3)}{check}"


@kind("alter domain", weight=2)
def alter_domain(d):
    domain = d.type("d")
    ways = ["SET NOT NULL", "DROP NOT NULL", "SET DEFAULT NULL", "DROP DEFAULT"]
    ways += [f"ADD CONSTRAINT ck_{d.rng.randrange(99)} CHECK (VALUE IS NOT NULL)", "ADD CHECK (VALUE IS NOT NULL)"]
    ways += [f"DROP CONSTRAINT {quote(name)}" for name in domain.constraints]
    return f"ALTER DOMAIN {domain} {d.pick(ways)}"


@kind("create enum", weight=0.4)
def create_enum(d):
    return f"CREATE TYPE {new_type(d, 'enu')} AS ENUM ('a', 'b')"


@kind("alter enum")
def alter_enum(d):
    return f"ALTER TYPE {d.type('e')} ADD VALUE 'v{d.rng.randrange(999)}'"


@kind("create range type", weight=0.4)
def create_range(d):
    return f"CREATE TYPE {new_type(d, 'ran')} AS RANGE (SUBTYPE = {'timestamp' if d.is_faulty() else 'bigint'})"


@kind("create composite type", weight=1)
def create_composite(d):
    columns = ", ".join(f"{name} {d.type_name()}" for name in ("first", "second")[: d.pick([1, 2])])
    return f"CREATE TYPE {new_type(d, 'com')} AS ({columns})"


@kind("alter composite type", weight=3)
def alter_composite(d):
    composite = d.mine("c")
    column = d.column(composite)
    way = d.pick([
        f"ADD ATTRIBUTE {quote(d.new_column(composite))} {d.type_name()}",
        f"ALTER ATTRIBUTE {quote(column.name)} TYPE {d.type_name()}",
        f"DROP ATTRIBUTE {quote(column.name)}",
        f"RENAME ATTRIBUTE {quote(column.name)} TO {quote(d.new_column(composite))}",
    ])
    return f"ALTER TYPE {composite} {way}" + d.optional(" CASCADE", 0.6)


@kind("drop type")
def drop_type(d):
    thing = d.pick([*d.world.types, *d.world.of_kind("c")])
    return f"DROP TYPE {thing} CASCADE"


@kind("rename type")
def rename_type(d):
    thing = d.pick([*d.world.types, *d.world.of_kind("c")])
    what = "DOMAIN" if getattr(thing, "type", "") == "d" else "TYPE"
    way = f"SET SCHEMA {quote(d.schema())}" if d.chance(0.4) else f"RENAME TO {quote(d.new_name('typ'))}"
    return f"ALTER {what} {thing} {way}"


@kind("create view")
def create_view(d):
    source = d.mine("rpvm")
    columns = ", ".join(quote(column.name) for column in source.columns) or "1 AS one"
    return f"CREATE VIEW {quote(d.new_name('vie'))} AS SELECT {columns} FROM {source}"


@kind("replace view", weight=2)
def replace_view(d):
    view = d.mine("v")
    columns = ", ".join(f"NULL::{column.type} AS {quote(column.name)}" for column in view.columns)
    extra = d.optional(f", NULL::{d.type_name()} AS extra{d.rng.randrange(9)}", 0.8)
    return f"CREATE OR REPLACE VIEW {view} AS SELECT {columns}{extra}"


@kind("column of a row type", weight=2)
def column_of_row_type(d):
    thing = d.pick(d.world.of_kind("vmc"))
    table = d.table()
    return f"ALTER TABLE {table} ADD COLUMN {quote(d.new_column(table))} {thing}" + d.optional(" NOT NULL")


@kind("rename view column")
def rename_view_column(d):
    view = d.mine("vm")
    column = d.column(view)
    what = "MATERIALIZED VIEW" if view.kind == "m" else "VIEW"
    return f"ALTER {what} {view} RENAME COLUMN {quote(column.name)} TO {quote(d.new_column(view))}"


@kind("create materialized view")
def create_matview(d):
    source = d.mine("rpv")
    columns = ", ".join(quote(column.name) for column in source.columns) or "1 AS one"
    return f"CREATE MATERIALIZED VIEW {quote(d.new_name('mat'))} AS SELECT {columns} FROM {source}"


@kind("refresh materialized view")
def refresh(d):
    return f"REFRESH MATERIALIZED VIEW {d.mine('m')}"


@kind("drop view")
def drop_view(d):
    view = d.mine("vm")
    return f"DROP {'MATERIALIZED ' * (view.kind == 'm')}VIEW {view} CASCADE"
