"""The report as a page, in a real browser: what stands there, filtering and copying."""

import json

import pytest
from html_report import LEVELS, TABLES, entries, render, report, reports  # noqa: F401
from psycopg import sql

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</pre></details></table><h1>x",
    "<!-- x",
    "<style>*{display:none}",
    "javascript:alert(1)",
    "&lt;b&gt; &amp; &#60;",
    "it's \"quoted\" `so`",
    "two  spaces ",
    "שלום עולם",
    "🚲 表 größe",
    "x" * 63,
    "{{ 7 * 7 }} ${7 * 7}",
]
# How those are shown that would break a line or turn the direction.
ESCAPED = {
    "new\nline": r"new\nline",
    "tab\tcr\r": r"tab\tcr\r",
    "\u202eright to left": r"\u{202e}right to left",
    "\x1b[31m": r"\u{1b}[31m",
    "next\u0085line": r"next\u{85}line",
}


@pytest.fixture
def shop(guard):
    guard.prepare(TABLES)
    guard.configure(preset="none", **LEVELS)
    guard.administer(
        "SELECT guardrail.freeze(tables => 'drafts')",
        "SELECT guardrail.exempt('unlogged_table', 'sales.carts', reason => 'a cart may be lost')",
    )
    return guard


@pytest.fixture
def named(guard):
    """A function that makes a schema, a table and a column of one name, each with a violation."""
    guard.check_only("timestamp_without_time_zone")

    def make(name):
        create = "CREATE SCHEMA {0}; CREATE TABLE {0}.{0} ({0} timestamp)"
        guard.prepare(sql.SQL(create).format(sql.Identifier(name)).as_string(None))
        return guard

    return make


def test_what_stands_there(shop, reports, tmp_path):  # noqa: F811
    page = reports(tmp_path, report(shop, uri="db/schema.sql"))
    page.expect_quiet()
    assert page.run("document.compatMode") == "CSS1Compat"
    assert page.texts("h1") == [shop.dbname]
    facts = dict(zip(page.texts("dt"), page.texts("dd"), strict=True))
    assert facts.keys() == {"Checked", "Preset", "Rules", "File"}
    assert (facts["Preset"], facts["Rules"], facts["File"]) == ("none", "4", "db/schema.sql")
    assert page.texts(".totals h2") == ["Errors", "Warnings", "Notices"]
    assert page.texts(".totals .open") == ["5 open", "0 open", "1 open"]
    assert page.texts(".totals p:last-child") == ["0 frozen, 0 exempt", "1 frozen, 1 exempt", "0 frozen, 0 exempt"]
    violations = entries(shop)
    rank = {"open": 0, "frozen": 1, "exempt": 2, "error": 0, "warning": 1, "notice": 2}
    expected = sorted(violations, key=lambda it: (rank[it["status"]], rank[it["level"]]))
    assert page.seen() == [it["message"] for it in expected]
    assert page.texts("tbody td:last-child") == [it["status"] for it in expected]
    for number, violation in enumerate(expected, 1):
        texts = page.texts(f"tbody tr:nth-child({number}) details > :not(summary)")
        assert violation["reason"] in texts
        assert violation["fix"] in texts
        assert (violation["fix_caution"] is None) != any(text.startswith("Caution: ") for text in texts)
    assert sorted(page.texts(".rules code")) == sorted(LEVELS)


def test_the_heat_map(shop, reports, tmp_path):  # noqa: F811
    page = reports(tmp_path, report(shop))
    assert page.texts("svg .rule") == ["timestamp_without_time_zone", "fk_without_index", "identifier_needs_quotes"]
    assert page.texts("svg .column") == ["salessales", "billingbilling", "all"]
    assert page.texts("svg .sum") == ["4", "1", "1"]
    titles = page.texts("svg a > title")
    assert "timestamp_without_time_zone in sales: 3 open" in titles
    assert len(titles) == 4
    assert page.run("document.querySelector('svg').getAttribute('role')") == "group"
    # A cell shows what it counts.
    page.click("svg a[href]")
    page.run("new Promise((done) => setTimeout(done, 50))")
    assert page.count() == "3 of 8"
    assert page.run("[...document.forms[0].elements].map((it) => it.value).slice(0, 5).join()") == (
        ",timestamp_without_time_zone,sales,,open"
    )
    page.click(".notice .open a")
    page.run("new Promise((done) => setTimeout(done, 50))")
    assert page.count() == "1 of 8"
    page.expect_quiet()


FIELDS = {"rule": "rule", "schema": "schema_name", "level": "level", "status": "status"}


def test_each_filter_and_combinations(shop, reports, tmp_path):  # noqa: F811
    page = reports(tmp_path, report(shop))
    violations = entries(shop)

    def expect(wanted):
        expected = [it["message"] for it in violations if wanted(it)]
        assert sorted(page.seen()) == sorted(expected)
        assert page.count() == f"{len(expected)} of {len(violations)}"
        assert page.run("document.querySelector('.nothing').checkVisibility()") == (not expected)

    for name, field in FIELDS.items():
        values = {it[field] for it in violations}
        options = page.run(f"Array.from(document.querySelector('select[name={name}]').options, (it) => it.value)")
        assert sorted(options) == sorted(["", *values])
        for value in values:
            page.choose(name, value)
            expect(lambda it, field=field, value=value: it[field] == value)
        page.choose(name, "")
        expect(lambda it: True)
    page.choose("schema", "sales")
    page.choose("level", "error")
    expect(lambda it: (it["schema_name"], it["level"]) == ("sales", "error"))
    page.type("[name=text]", "PAID  column")
    expect(lambda it: it["column_name"] == "paid")
    # Who follows a link to it sees the same.
    link = page.run("location.href")
    assert link.partition("#")[2] == "text=PAID++column&schema=sales&level=error"
    page.open("about:blank")
    page.open(link)
    expect(lambda it: it["column_name"] == "paid")
    page.choose("status", "exempt")
    expect(lambda it: False)
    page.click("[type=reset]")
    page.run("new Promise((done) => setTimeout(done, 50))")
    expect(lambda it: True)
    page.type("[name=text]", "fk_without")
    expect(lambda it: it["rule"] == "fk_without_index")
    page.open("about:blank")
    page.open(f"{page.url}#rule=nonsense&what=ever&schema=billing")
    expect(lambda it: it["schema_name"] == "billing")
    assert page.complaints == []


def test_the_button_copies_the_exact_fix(shop, reports, tmp_path):  # noqa: F811
    fix = 'ALTER TABLE "a\tb  c" ADD x int;\n\n-- <b>&amp;</b> \'x\'\n  "de" \u202e;\n'
    page = reports(tmp_path, render(shop, [entries(shop)[0] | {"fix": fix}]))
    page.allow_clipboard()
    assert page.texts("h3 button") == []
    page.click("td summary")
    page.run("new Promise((done) => setTimeout(done, 50))")
    page.click("h3 button")
    page.run("new Promise((done) => setTimeout(done, 50))")
    assert page.texts("h3 button") == ["Copied"]
    assert page.run("navigator.clipboard.readText()") == fix
    # The page is also read where there is no such clipboard: the browser's own command does it.
    page.run("navigator.clipboard.writeText('something else')")
    page.run("""(() => {
        Object.defineProperty(navigator.clipboard, "writeText", {value: () => Promise.reject(new Error("no"))});
    })()""")
    page.click("h3 button")
    page.run("new Promise((done) => setTimeout(done, 50))")
    assert page.run("navigator.clipboard.readText()") == fix
    page.click("td summary")
    page.click("td summary")
    page.run("new Promise((done) => setTimeout(done, 50))")
    assert len(page.texts("h3 button")) == 1
    page.expect_quiet()


@pytest.mark.parametrize("name", [*HOSTILE, *ESCAPED], ids=ascii)
def test_hostile_names(named, reports, tmp_path, name):  # noqa: F811
    guard = named(name)
    page = reports(tmp_path, report(guard))
    page.expect_quiet()
    (violation,) = entries(guard)
    # PostgreSQL cuts names at 63 bytes; none of these is longer.
    shown = ESCAPED.get(name, name)
    assert page.texts("tbody td > bdi") == [shown] * 3
    assert page.texts("select[name=schema] option")[1] == f"{shown} (1)"
    (message,) = page.seen()
    assert message == violation["message"]
    (fix,) = page.texts("pre")
    assert fix == violation["fix"]
    assert "do not show" not in "".join(page.texts("details p"))
    # Nothing of a name has become an element.
    assert page.run("document.querySelectorAll('script, style, img, h1').length") == 3
    assert page.run("document.querySelector('tbody').rows.length") == 1
    # The page is not wider than the window.
    assert page.run("document.documentElement.scrollWidth <= innerWidth")
    page.choose("schema", shown)
    assert page.count() == "1 of 1"
    page.click("svg a[href]")
    page.run("new Promise((done) => setTimeout(done, 50))")
    assert page.count() == "1 of 1"
    assert page.run("document.forms[0].elements.schema.value") == shown
    page.expect_quiet()


def test_hostile_texts_of_others(shop, reports, tmp_path):  # noqa: F811
    """render() takes texts that no database holds."""
    fields = ("moment", "object_kind", "schema_name", "table_name", "column_name", "message", "reason", "fix")
    fields += ("fix_applies", "fix_caution", "fingerprint")
    first = entries(shop)[0]
    texts = [*HOSTILE, "\u2028\x01\x7f\x9f", ""]
    violations = [first | dict.fromkeys(fields, text) | {"file": text or "empty", "line": 7} for text in texts]
    page = reports(tmp_path, render(shop, violations))
    page.expect_quiet()
    assert page.run("document.querySelector('tbody').rows.length") == len(violations)
    assert page.run("document.querySelectorAll('script, style, img, h1').length") == 3
    # A fix of the extension's own writes such characters as escapes; this one does not.
    assert sum("do not show" in text for text in page.texts("details p")) == 1
    assert page.texts("tbody small bdi") == [f"{text}:7" for text in HOSTILE] + [r"\u{2028}\u{1}\u{7f}\u{9f}:7", "empty:7"]


def test_files_and_lines(shop, reports, tmp_path):  # noqa: F811
    first, second = entries(shop)[:2]
    page = reports(tmp_path, render(shop, [first | {"file": "db/V1__a.sql", "line": 12}, second | {"file": "b.sql"}]))
    assert sorted(page.texts("tbody small bdi")) == ["b.sql", "db/V1__a.sql:12"]
    page.type("[name=text]", "v1__a.sql:12")
    assert page.count() == "1 of 2"


def test_what_is_not_certain(guard, reports, tmp_path):  # noqa: F811
    guard.prepare("CREATE TABLE t (id int PRIMARY KEY)")
    guard.check_only("unnamed_constraint")
    page = reports(tmp_path, report(guard))
    assert page.texts("td:last-child small") == ["not certain"]
    page.choose("status", "open")
    assert page.count() == "1 of 1"


def test_without_violations(guard, reports, tmp_path):  # noqa: F811
    guard.check_only("unlogged_table")
    page = reports(tmp_path, report(guard))
    page.expect_quiet()
    assert page.texts(".empty p") == ["No violations.", "1 rule was checked."]
    assert page.texts("table, svg, form") == []
    guard.configure(preset="none", unlogged_table="off")
    assert reports(tmp_path, report(guard)).texts(".empty p") == ["No violations.", "No rule is on."]


def test_without_script(shop, reports, tmp_path):  # noqa: F811
    page = reports(tmp_path, report(shop), script=False)
    page.send("Emulation.setScriptExecutionDisabled", value=False)
    violations = entries(shop)
    assert sorted(page.seen()) == sorted(it["message"] for it in violations)
    assert not page.run("document.querySelector('form').checkVisibility()")
    assert page.texts("button:not(form *)") == []
    assert page.run("document.querySelectorAll('a[href]').length") == 0
    page.click("td summary")
    assert page.run("document.querySelector('td pre').checkVisibility()")
    page.expect_quiet()


def test_the_policy_is_in_force(shop, reports, tmp_path):  # noqa: F811
    """That nothing complains would also be true of a page without a policy."""
    page = reports(tmp_path, report(shop))
    page.run("""(() => {
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
        const image = document.createElement("img");
        image.src = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=";
        document.body.append(image);
        document.body.setAttribute("style", "color: red");
    })()""")
    page.run("new Promise((done) => setTimeout(done, 100))")
    assert page.run("window.ran ?? false") is False
    refused = json.dumps(page.complaints)
    for directive in ("script-src", "default-src", "style-src"):
        assert directive in refused
