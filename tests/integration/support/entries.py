"""The journal, as a test reads it."""

from guard import name_violation


def entries(guard):
    """A line for each entry: `tag: rule table.object (level)`, with the exemption behind it if there is one."""
    columns = "tag, rule, schema_name, table_name, object_name, level, exemption"
    return [line(*row) for row in guard.observe(f"SELECT {columns} FROM guardrail.journal ORDER BY id")]


def line(tag, rule, schema, table, part, level, exemption):
    exempt = f" exempt {exemption}" if exemption else ""
    return f"{tag}: {name_violation(rule, schema, table, part, None)} ({level}){exempt}"
