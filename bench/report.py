"""Shows the figures as tables: the median and the minimum of every statement, and the aims."""

from statistics import median

from databases import ALL, EMPTY, LONE, NOBODY, OFF, PLPGSQL
from workers import NOT_LOADED


def added(costs, variant, base=NOBODY):
    """What a variant adds: the median of its differences from the base within each round."""
    return median(one - other for one, other in zip(costs[variant], costs[base], strict=True))


def ratio(costs, variant, base=NOBODY):
    return 1 + added(costs, variant, base) / median(costs[base])


def table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        lines.append("  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:]))]).rstrip())
    return "\n".join(lines)


def costs_table(costs, base=NOBODY):
    rows = [["", "median us", "min us", "added us", "ratio"]]
    for variant, all_costs in costs.items():
        row = [variant, f"{median(all_costs):,.0f}", f"{min(all_costs):,.0f}"]
        more = ["", ""]
        if variant != base:
            more = [f"{added(costs, variant, base):+,.0f}", f"{ratio(costs, variant, base):.3f}"]
        rows.append(row + more)
    return table(rows)


def goals(results):
    """The aims: (what, at most, measured, whether it is reached)."""
    statements, first = results["statements"], results["first"]

    def goal(what, most, value, unit=""):
        return [what, f"{most:g}{unit}", f"{value:.3g}{unit}", "yes" if value <= most else "NO"]

    create, add = statements["CREATE TABLE"], statements["ALTER TABLE ADD COLUMN"]
    yield goal("CREATE TABLE: to no trigger", 1.05, ratio(create, ALL))
    yield goal("CREATE TABLE: addition to the plpgsql guard's", 0.4, added(create, ALL) / added(create, PLPGSQL))
    lone = statements["CREATE TABLE, alone"]
    yield goal("CREATE TABLE alone, 31 rules: to no trigger", 1.05, ratio(lone, LONE))
    yield goal("ADD COLUMN: to no trigger", 1.10, ratio(add, ALL))
    yield goal("ADD COLUMN: addition to the plpgsql guard's", 0.5, added(add, ALL) / added(add, PLPGSQL))
    lone = statements["ALTER TABLE ADD COLUMN, alone"]
    yield goal("ADD COLUMN alone, 31 rules: to no trigger", 1.10, ratio(lone, LONE))
    yield goal("PARTITION OF: to no trigger", 1.05, ratio(statements["CREATE TABLE PARTITION OF"], ALL))
    off = max((ratio(costs, OFF, EMPTY) for costs in statements.values()))
    yield goal("mode off: to an empty trigger, at worst", 1.01, off)
    yield goal("first DDL: more than with an empty trigger's library", 3, added(first, ALL, EMPTY) / 1000, " ms")
    small, *_, large = sorted({size for size, _, _ in results["sizes"]})
    by_size = {(size, name): added(costs, ALL) for size, name, costs in results["sizes"]}
    for name in ("CREATE TABLE", "ALTER TABLE ADD COLUMN"):
        yield goal(f"{name}: addition, {large:,} tables to {small}", 1.1, by_size[large, name] / by_size[small, name])
    few, many = results["transactions"].values()
    yield goal("transaction: addition, 1,000 tables to 100", 11.5, added(many, ALL) / added(few, ALL))
    grown = (results["memory"][ALL] - results["memory"][NOBODY]) / 2**20
    yield goal("memory: more than without the guard", 2, grown, " MiB")


def text(results):
    parts = [f"{results['server']}, {results['rounds']} rounds; processor time of the backend"]
    for name, costs in results["statements"].items():
        parts.append(f"{name}\n{costs_table(costs)}")
    parts.append(f"first DDL of a session\n{costs_table(results['first'])}")
    for count, costs in results["transactions"].items():
        parts.append(f"a transaction of {count} tables\n{costs_table(costs)}")
    for size, name, costs in results["sizes"]:
        parts.append(f"{name}, database of {size:,} tables\n{costs_table(costs)}")
    parts.append(f"a query in one parallel worker, on the clock\n{costs_table(results['workers'], NOT_LOADED)}")
    parts.append("Aims\n" + table([["", "at most", "measured", "reached"], *goals(results)]))
    return "\n\n".join(parts)
