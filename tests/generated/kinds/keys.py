"""Statements that make, change and drop constraints."""

from world import quote

from . import kind


def own(constraint):
    return not constraint.inherited


@kind("add primary key", weight=2)
def add_primary_key(d):
    table = d.mine("rp", lambda table: not any(c.type == "p" for c in table.constraints))
    return f"ALTER TABLE {table} ADD {d.primary_key(table.name, [d.column(table).name])}"


@kind("add unique")
def add_unique(d):
    table = d.table()
    columns = [column.name for column in d.rng.sample(table.columns, min(len(table.columns), d.pick([1, 1, 2])))]
    # In a partitioned table it must have the columns of the partition key.
    columns += [name for name in table.names(table.key) if name not in columns and d.chance(0.9)]
    text = ", ".join(map(quote, columns))
    include = d.optional(f" INCLUDE ({quote(d.column(table).name)})", 0.15)
    return (f"ALTER TABLE {table} ADD {d.named('uq', table.name, columns)}UNIQUE ({text}){include}"
            + d.optional(" DEFERRABLE", 0.1))


@kind("add key using index", weight=2, scene="unfinished")
def add_using_index(d):
    table = d.mine("r")
    index = d.index(table, lambda index: index.unique and not index.of_constraint and not index.is_partial)
    name = d.optional(f"CONSTRAINT {d.name_of('uq', table.name, ['k'])} ", 0.5)
    key = d.pick(["UNIQUE", "UNIQUE", "PRIMARY KEY"])
    return f"ALTER TABLE {table} ADD {name}{key} USING INDEX {quote(index.name)}"


@kind("add foreign key", weight=6)
def add_foreign_key(d):
    table, (other, keys) = d.table(), d.referenced()
    types = [other.column(number).type for number in keys]
    columns = []
    for wanted in types:
        fitting = [c for c in table.columns if c.type == wanted and c.name not in columns]
        columns.append(d.pick(fitting or table.columns).name)
    tail = d.optional(" NOT VALID", 0.15 if table.kind == "r" else 0.02)
    return f"ALTER TABLE {table} ADD {d.foreign_key(table.name, columns, other, keys)}{tail}"


@kind("add foreign key and its index", weight=2)
def add_foreign_key_with_index(d):
    table, (other, keys) = d.table(), d.referenced()
    column = d.column(table, lambda column: column.type == other.column(keys[0]).type)
    key = d.foreign_key(table.name, [column.name], other, keys[:1])
    name = d.name_of("uq", table.name, [column.name])
    return f"ALTER TABLE {table} ADD {key}, ADD CONSTRAINT {name} UNIQUE ({quote(column.name)})"


@kind("replace foreign key", weight=3)
def replace_foreign_key(d):
    """Drops a key and makes one under its name: another one, or the same."""
    table = d.table(lambda table: any(c.type == "f" and own(c) for c in table.constraints))
    old = d.constraint(table, "f", own)
    other = d.world.by_oid.get(old.references) or d.referenced()[0]
    keys = d.pick(d.keys(other))
    columns = table.names(old.columns) if d.chance(0.6) else [d.column(table).name]
    new = d.foreign_key(table.name, columns, other, keys)
    if d.chance(0.5):
        new = f"CONSTRAINT {quote(old.name)} " + new[new.index("FOREIGN KEY"):]
    return f"ALTER TABLE {table} DROP CONSTRAINT {quote(old.name)}, ADD {new}"


@kind("replace primary key")
def replace_primary_key(d):
    table = d.table(lambda table: any(c.type == "p" and own(c) for c in table.constraints))
    old = d.constraint(table, "p", own)
    column = d.column(table)
    return (f"ALTER TABLE {table} DROP CONSTRAINT {quote(old.name)}{d.optional(' CASCADE', 0.3)}, "
            f"ADD {d.primary_key(table.name, [column.name])}")


@kind("add check", weight=2)
def add_check(d):
    table = d.mine("rpf")
    column = d.plain_column(table)
    name = quote(column.name)
    text = d.pick([f"{name} IS NOT NULL", f"{name}::text <> ''", f"length({name}::text) < 50", "true",
                   f"{name}::text IN ('a', 'b')", f"({name}) IS NOT NULL AND 1 > 0"])
    return (f"ALTER TABLE {table} ADD {d.named('ck', table.name, [column.name])}CHECK ({text})"
            + d.optional(" NOT VALID", 0.2) + d.optional(" NO INHERIT", 0.08))


@kind("add exclusion")
def add_exclusion(d):
    table = d.table(lambda table: table.kind == "r")
    column = d.column(table, lambda column: column.type in ("bigint", "integer", "date"))
    name = d.named("ex", table.name, [column.name])
    return f"ALTER TABLE {table} ADD {name}EXCLUDE USING btree ({quote(column.name)} WITH =)"


@kind("drop constraint", weight=5)
def drop_constraint(d):
    table = d.mine("rpf")
    constraint = d.constraint(table, "pufcx", own)
    return f"ALTER TABLE {table} DROP CONSTRAINT {quote(constraint.name)}" + d.optional(" CASCADE", 0.5)


@kind("rename constraint", weight=2)
def rename_constraint(d):
    table = d.mine("rpf")
    constraint = d.constraint(table, "pufcx")
    return f"ALTER TABLE {table} RENAME CONSTRAINT {quote(constraint.name)} TO {d.name_of('uq', table.name, ['r'])}"


@kind("validate constraint", scene="unfinished")
def validate(d):
    table = d.table(lambda table: any(not c.is_valid for c in table.constraints))
    constraint = d.constraint(table, "fc", lambda c: not c.is_valid)
    return f"ALTER TABLE {table} VALIDATE CONSTRAINT {quote(constraint.name)}"


@kind("alter constraint")
def alter_constraint(d):
    table = d.table(lambda table: any(c.type == "f" for c in table.constraints))
    constraint = d.constraint(table, "f")
    how = ["DEFERRABLE", "NOT DEFERRABLE", "DEFERRABLE INITIALLY DEFERRED"]
    how += ["NOT ENFORCED", "ENFORCED"] * (d.version >= 18)
    return f"ALTER TABLE {table} ALTER CONSTRAINT {quote(constraint.name)} {d.pick(how)}"


@kind("not enforced constraint", since=18)
def not_enforced(d):
    table, (other, keys) = d.table(lambda table: table.kind == "r"), d.referenced()
    column = d.column(table, lambda column: column.type == other.column(keys[0]).type)
    return f"ALTER TABLE {table} ADD {d.foreign_key(table.name, [column.name], other, keys[:1])} NOT ENFORCED"


@kind("not null constraint", since=18)
def not_null(d):
    table = d.table()
    column = d.column(table, lambda column: not column.not_null)
    name = f"nn_{d.rng.randrange(99)}"
    return f"ALTER TABLE {table} ADD CONSTRAINT {name} NOT NULL {quote(column.name)}" + d.optional(" NOT VALID", 0.4)


@kind("nulls not distinct", since=15)
def nulls_not_distinct(d):
    table = d.table()
    column = d.column(table)
    name = d.named("uq", table.name, [column.name])
    return f"ALTER TABLE {table} ADD {name}UNIQUE NULLS NOT DISTINCT ({quote(column.name)})"
