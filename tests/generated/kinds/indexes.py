"""Statements about indexes."""

from world import beside, quote

from . import kind


def keyed(d, table):
    """A column for which a key may need an index, or another one."""
    wanted = [n for c in table.constraints if c.type == "f" for n in c.columns]
    if wanted and d.chance(0.6):
        return table.column(d.pick(wanted)) or d.column(table)
    return d.column(table, lambda column: column.type not in ("json", "xml"))


def create(d, how="", unique=None, where="r", method=""):
    table = d.mine(where, lambda table: table.columns and not table.is_temporary or d.chance(0.3))
    columns = [keyed(d, table).name]
    if len(table.columns) > 1 and d.chance(0.3):
        columns.append(d.column(table, lambda column: column.name != columns[0]).name)
    unique = d.chance(0.2) if unique is None else unique
    name = d.name_of("ix", table.name, columns) + " "
    if d.chance(0.05) and not how:
        name = ""
    listed = ", ".join(map(quote, columns))
    return table, columns, f"CREATE {'UNIQUE ' * unique}INDEX {how}{name}ON {table}{method} ({listed})"


@kind("create index", weight=4)
def create_index(d):
    table, columns, sql = create(d, where="rpm")
    return sql


@kind("create unique index")
def create_unique(d):
    return create(d, unique=True)[2]


@kind("create partial index")
def create_partial(d):
    table, columns, sql = create(d)
    return f"{sql} WHERE {quote(columns[0])} IS NOT NULL" + d.optional(" AND 1 = 1", 0.3)


@kind("create index include")
def create_include(d):
    table, columns, sql = create(d)
    return f"{sql} INCLUDE ({quote(d.column(table).name)})"


@kind("create index over expression")
def create_expression(d):
    table = d.mine("rp")
    column = d.column(table)
    name = d.name_of("ix", table.name, [column.name])
    return f"CREATE INDEX {name} ON {table} ((({quote(column.name)}) IS NULL))"


@kind("create hash index")
def create_hash(d):
    table = d.mine("rp")
    column = keyed(d, table)
    return f"CREATE INDEX {d.name_of('ix', table.name, [column.name])} ON {table} USING hash ({quote(column.name)})"


@kind("create index on only")
def create_on_only(d):
    table = d.mine("p")
    column = keyed(d, table)
    return f"CREATE INDEX {d.name_of('ix', table.name, [column.name])} ON ONLY {table} ({quote(column.name)})"


@kind("attach index", weight=2, scene="unattached")
def attach_index(d):
    table = d.mine("p", lambda table: any(not index.is_valid for index in table.indexes))
    index = d.index(table, lambda index: not index.is_valid)
    child = d.pick(d.world.children(table))
    other = d.index(child, lambda own: not own.inherited)
    return f"ALTER INDEX {beside(table, index.name)} ATTACH PARTITION {beside(child, other.name)}"


@kind("create index concurrently", weight=2, alone=True)
def create_concurrently(d):
    return create(d, "CONCURRENTLY ")[2]


@kind("drop index concurrently", weight=2, alone=True)
def drop_concurrently(d):
    table = d.mine("r")
    return f"DROP INDEX CONCURRENTLY {beside(table, d.index(table, lambda i: not i.of_constraint).name)}"


@kind("reindex concurrently", alone=True)
def reindex_concurrently(d):
    table = d.mine("r", lambda table: not table.is_temporary)
    return f"REINDEX TABLE CONCURRENTLY {table}"


@kind("reindex")
def reindex(d):
    return f"REINDEX TABLE {d.mine('r')}"


@kind("drop index", weight=4)
def drop_index(d):
    table = d.mine("rpm")
    index = d.index(table, lambda index: not index.of_constraint or d.chance(0.1))
    return f"DROP INDEX {beside(table, index.name)}" + d.optional(" CASCADE", 0.2)


@kind("rename index")
def rename_index(d):
    table = d.mine("rp")
    index = d.index(table)
    return f"ALTER INDEX {beside(table, index.name)} RENAME TO {d.name_of('ix', table.name, ['r'])}"


@kind("cluster")
def cluster(d):
    table = d.mine("r")
    index = quote(d.index(table, lambda index: not index.is_partial).name)
    return d.pick([f"ALTER TABLE {table} CLUSTER ON {index}", f"CLUSTER {table} USING {index}"])


@kind("replica identity")
def replica_identity(d):
    table = d.mine("r")
    if d.chance(0.3):
        return f"ALTER TABLE {table} REPLICA IDENTITY FULL"
    index = d.index(table, lambda index: index.unique and not index.is_partial)
    return f"ALTER TABLE {table} REPLICA IDENTITY USING INDEX {quote(index.name)}"


@kind("create statistics", weight=0.4)
def create_statistics(d):
    table = d.mine("rp", lambda table: len(table.columns) > 1)
    columns = ", ".join(quote(column.name) for column in d.rng.sample(table.columns, 2))
    return f"CREATE STATISTICS st_{d.rng.randrange(999)} ON {columns} FROM {table}"
