"""Partitioned tables."""

from world import quote

from . import kind
from .tables import bare


def bound(d, parent):
    number = d.rng.randrange(40)
    if d.chance(0.08):
        return "DEFAULT"
    return {
        "r": f"FOR VALUES FROM ({number}) TO ({number + 1})",
        "l": f"FOR VALUES IN ({number})",
        "h": f"FOR VALUES WITH (MODULUS 40, REMAINDER {number})",
    }[parent.strategy]


@kind("create partitioned table", weight=3)
def create_partitioned(d):
    name = d.new_table()
    is_key = lambda element: "PRIMARY KEY" in element or "UNIQUE" in element  # noqa: E731
    elements = [element for element in d.elements(bare(name)) if not is_key(element)]
    elements = ["id bigint NOT NULL", *elements]
    if not d.is_faulty():
        elements.append(d.primary_key(bare(name)))
    return f"CREATE TABLE {name} ({', '.join(elements)}) PARTITION BY {d.pick(['RANGE', 'LIST', 'HASH'])} (id)"


@kind("create partition", weight=3)
def create_partition(d):
    parent = d.mine("p")
    sub = d.optional(" PARTITION BY RANGE (id)", 0.15)
    name = d.new_table()
    own = d.optional(f" ({d.named('ck', bare(name), ['own'])}CHECK (id > -1))", 0.15)
    return f"CREATE TABLE {name} PARTITION OF {parent}{own} {bound(d, parent)}{sub}"


@kind("create table to be attached", weight=2)
def create_attachable(d):
    parent = d.mine("p")
    name = quote(d.new_name("part"))
    what = d.pick(["INCLUDING INDEXES", "INCLUDING ALL", "INCLUDING DEFAULTS INCLUDING CONSTRAINTS", ""])
    has_key = what in ("INCLUDING INDEXES", "INCLUDING ALL")
    key = "" if has_key else d.optional(f", {d.primary_key(bare(name))}", 0.8)
    return f"CREATE TABLE {name} (LIKE {parent} {what}{key})"


def attachable(d, parent):
    columns = {(column.name, column.type) for column in parent.columns}
    return d.table(lambda table: not table.parents and table.oid != parent.oid and not d.world.children(table)
                   and columns == {(column.name, column.type) for column in table.columns})


@kind("attach partition", weight=6)
def attach(d):
    parent = d.mine("p")
    return f"ALTER TABLE {parent} ATTACH PARTITION {attachable(d, parent)} {bound(d, parent)}"


@kind("detach partition", weight=5)
def detach(d):
    parent = d.mine("p", lambda table: d.world.children(table))
    return f"ALTER TABLE {parent} DETACH PARTITION {d.pick(d.world.children(parent))}"


@kind("detach partition concurrently", weight=2, alone=True, since=14)
def detach_concurrently(d):
    parent = d.mine("p", lambda table: any(not child.is_default for child in d.world.children(table)))
    return f"ALTER TABLE {parent} DETACH PARTITION {d.pick(d.world.children(parent))} CONCURRENTLY"
