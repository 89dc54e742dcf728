"""Adds enum types to new revisions: autogenerate sees tables and columns of an enum type, but not the type itself.

env.py calls `complete` for each new revision. The models' enums say create_type=False, so that nothing else creates the
types, whether a new type comes with one table, with several or with a column.
"""

from collections.abc import Iterator

from alembic.operations.ops import CreateTableOp, ExecuteSQLOp, OpContainer
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, MetaData, inspect
from sqlalchemy.dialects.postgresql import ENUM

Labels = dict[str, list[str]]


def complete(context: MigrationContext, revision: tuple, scripts: list) -> None:
    """Has a revision create the types that only the models have, and drop those that only the database has."""
    [script] = scripts
    wanted = of_models(context.opts["target_metadata"])
    there = {found["name"]: found["labels"] for found in inspect(context.connection).get_enums()}
    new = {name: wanted[name] for name in sorted(wanted.keys() - there.keys())}
    old = {name: there[name] for name in sorted(there.keys() - wanted.keys())}
    change(script.upgrade_ops, make=new, drop=old)
    change(script.downgrade_ops, make=old, drop=new)


def of_models(metadata: MetaData) -> Labels:
    columns = (column for table in metadata.tables.values() for column in table.columns)
    return {column.type.name: column.type.enums for column in columns if isinstance(column.type, ENUM)}


def change(operations: OpContainer, make: Labels, drop: Labels) -> None:
    """Creates types before the other operations and drops types after them."""
    for column in columns_of_new_tables(operations):
        # A dropped table that the downgrade creates again was read from the database, which does not know create_type.
        if isinstance(column.type, ENUM):
            column.type.create_type = False
    operations.ops[:0] = [ExecuteSQLOp(f"CREATE TYPE {name} AS ENUM ({quoted(make[name])})") for name in make]
    operations.ops += [ExecuteSQLOp(f"DROP TYPE {name}") for name in drop]


def columns_of_new_tables(operations: OpContainer) -> Iterator[Column]:
    for table in operations.ops:
        if isinstance(table, CreateTableOp):
            yield from (item for item in table.columns if isinstance(item, Column))


def quoted(labels: list[str]) -> str:
    return ", ".join("'" + label.replace("'", "''") + "'" for label in labels)
