"""What is reported: tables with hostile names in a database, and violations with hostile texts as lines of JSON."""

import json

# What a name may be, up to the 63 bytes that PostgreSQL leaves of it.
NAMES = [
    "<script>alert(1)</script>",
    "</code></details><img src=x onerror=alert(1)>",
    "\"><b>'quoted'",
    "a\n::error::b\r\n##[error]c",
    "tab\tand\x01\x1b[31m\x7f\x0b\x0c",
    "`tick` ``two`` ```",
    "@team #1 GH-1 :smile: [x](http://a.com)",
    "|a|b| *c* _d_ ~e~ \\f &amp; %41 %0A",
    "\u202eright to left\u2066 \u05d0\u05d1\u05d2",
    "]]> <!-- --> <![CDATA[ &#0; &#x1f;",
    "../..//a?b#c:d,e",
    "\U0001f642" * 15 + "abc",
    "  spaces  ",
]

# What no database has in a name, but a line of JSON may have in any text.
TEXTS = [*NAMES, "\n\n# heading\n- list\n", "```\n````", "\u2028\u2029\x85\ufffe\uffff\ud7ff", "", " "]


def prepare(guard):
    """Makes tables with hostile names and a column of a disallowed type each, and two more for the other statuses."""
    guard.check_only("timestamp_without_time_zone")
    guard.prepare(
        *(f"CREATE TABLE {quote(name)} ({quote(name)} timestamp)" for name in NAMES),
        "CREATE TABLE frozen (at timestamp)",
        "CREATE TABLE exempt (at timestamp)",
    )
    admin = guard.connect("postgres")
    admin.run("SELECT guardrail.freeze(tables => 'frozen')")
    admin.run("SELECT guardrail.exempt('timestamp_without_time_zone', 'public.exempt', reason => 'a test')")
    return guard.session


def quote(name):
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def entry(**changes):
    """A violation as report('json') has it."""
    return {
        "rule": "fk_without_index",
        "level": "error",
        "status": "open",
        "certain": True,
        "moment": "commit",
        "object_kind": "constraint",
        "schema_name": "public",
        "table_name": "orders",
        "column_name": None,
        "constraint_name": "fk_orders_customer",
        "index_name": None,
        "data_type": None,
        "message": 'foreign key "fk_orders_customer" of table "public.orders" has no index',
        "reason": "Deleting a row of the referenced table scans the whole referencing table.",
        "fix": "CREATE INDEX ix_orders_customer_id ON public.orders (customer_id);",
        "fix_applies": "in place",
        "fix_caution": None,
        "fingerprint": "3fea78cdc3f45dd3",
    } | changes


def hostile():
    """A violation for each text, which is all that the violation has to say."""
    for number, text in enumerate(TEXTS):
        words = dict.fromkeys(["message", "reason", "fix", "fix_caution"], text)
        names = dict.fromkeys(["object_kind", "schema_name", "table_name", "constraint_name"], text)
        file = {"file": text, "line": number + 1} if text.strip() else {}
        yield entry(**words, **names, **file, fix_applies=text, fingerprint=f"{number:016x}")


def many(count=10_000):
    levels = ["notice", "warning", "error"]
    for number in range(count):
        table = f"table_{number // 10}"
        message = f'foreign key "fk_{number}" of table "public.{table}" has no index'
        yield entry(
            level=levels[number % 3], table_name=table, constraint_name=f"fk_{number}", message=message,
            fingerprint=f"{number:016x}",
        )  # fmt: skip


def report(session, form, **arguments):
    """The text of a report about the database."""
    named = "".join(f", {name} => %({name})s" for name in arguments)
    rows = session.connection.execute(f"SELECT guardrail.report(%(form)s{named})", {"form": form} | arguments)
    return join(rows.fetchall())


def render(session, form, entries, uri=None, incomplete=None):
    """The text of a report about given violations."""
    lines = "\n".join(json.dumps(one) for one in entries)
    rows = session.connection.execute("SELECT guardrail.render(%s, %s, %s, %s)", (form, lines, uri, incomplete))
    return join(rows.fetchall())


def join(rows):
    assert not any("\n" in line for (line,) in rows)
    return "".join(f"{line}\n" for (line,) in rows)
