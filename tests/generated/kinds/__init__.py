"""The kinds of statements: each a function that draws one, or finds that there is nothing for it."""

from dataclasses import dataclass

KINDS = {}


@dataclass(frozen=True)
class Kind:
    """`alone` says that PostgreSQL runs it only outside of a transaction block, `legacy` that the superuser does.

    `scene` names what a program begins with that is to have the kind more often: little else gives it something to
    be about."""

    name: str
    draw: callable
    weight: float = 1
    alone: bool = False
    since: int = 13
    legacy: bool = False
    scene: str | None = None


def kind(name, weight=1, **options):
    def register(draw):
        KINDS[name] = Kind(name, draw, weight, **options)
        return draw

    return register


def load():
    from . import code, columns, indexes, keys, others, partitions, renames, tables, types  # noqa: F401

    return KINDS
