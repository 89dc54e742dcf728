"""`make check`: which files of a folder are run, in which order, and which part of each."""

import pytest
from server import ROOT
from test_violations import at, naive


def order(check, *names, **more):
    """Writes files, each of which makes a table. Returns their names in the order in which they were run."""
    check.write_files({name: naive(f"t{number}") for number, name in enumerate(names)} | more)
    outcome = check.run()
    assert outcome.status == 1, outcome.messages
    return [line.removeprefix("m/").split(":1 ")[0] for line in outcome.violations], outcome.messages.splitlines()[:-1]


@pytest.mark.parametrize(
    "names",
    [
        ["1.sql", "2.sql", "10.sql"],
        ["1_a.sql", "2_b.sql", "10_a.sql"],
        ["0001_z.sql", "0002_a.SQL", "0010_b.sql"],
        ["1_a.sql", "1.1_a.sql", "1.2_a.sql", "1.10_a.sql", "2_a.sql"],
        ["20230101120000_z.sql", "20240101_a.sql", "20240102_a.sql"][1:],
        ["20240101000000_init/migration.sql", "20240102000000_add/migration.sql"],
        ["2024-01-01-000000_a/up.sql", "2024-02-01-000000_a/up.sql", "2024-10-01-000000_a/up.sql"],
        ["V1__z.sql", "V1.2__y.sql", "V1_2_9__x.sql", "V1.2.10__w.sql", "V2__b.sql", "V10__a.sql", "R__a.sql"],
        ["V1__z.sql", "R__a.sql", "R__b.sql", "R__c d.sql"],
        ["older/V1__a.sql", "V2__b.sql", "newer/V3__c.sql", "older/R__d.sql"],
        ["release 2/1.sql", "release 2/2.sql", "release 10/1.sql"],
        ["a.sql", "B.sql", "c/1.sql"],
    ],
)
def test_the_order(check, names):
    shuffled = names[1::2] + names[::2]
    assert order(check, *shuffled) == (names, [])


@pytest.mark.parametrize(
    ("run", "skipped", "message"),
    [
        ("1_a.up.sql", "1_a.down.sql", "Not run: m/1_a.down.sql (to undo changes)"),
        ("2024_a/up.sql", "2024_a/down.sql", "Not run: m/2024_a/down.sql (to undo changes)"),
        ("V1__a.sql", "U1__a.sql", "Not run: m/U1__a.sql (to undo changes)"),
        ("001.do.sql", "001.undo.sql", "Not run: m/001.undo.sql (to undo changes)"),
        ("V1__a.sql", "beforeMigrate.sql", "Not run: m/beforeMigrate.sql (Flyway does not run such a name)"),
    ],
)
def test_what_is_skipped_is_told(check, run, skipped, message):
    assert order(check, run, **{skipped: "SELECT 1/0"}) == ([run], [message])


def test_many_that_are_skipped_are_told_in_a_line(check):
    undo = {f"{number}_a.down.sql": "SELECT 1/0" for number in range(1, 12)}
    message = "Not run: m/1_a.down.sql, m/2_a.down.sql, m/3_a.down.sql and 8 more (to undo changes)"
    assert order(check, "1_a.up.sql", **undo) == (["1_a.up.sql"], [message])


def test_other_files_are_not_looked_at(check):
    others = {name: b"\xff" for name in ("README.md", "schema.prisma", ".hidden.sql", ".git/1.sql", "atlas.sum")}
    assert order(check, "1.sql", "breakdown.sql", "countdown_table.sql", **others) == (
        ["1.sql", "breakdown.sql", "countdown_table.sql"],
        [],
    )


UP_AND_DOWN = [
    ("-- migrate:up", "-- migrate:down"),
    ("--migrate:up transaction:true", "--  migrate:down"),
    ("-- +goose Up\n-- +goose StatementBegin", "-- +goose StatementEnd\n-- +goose Down"),
    ("-- +migrate Up", "-- +migrate Down"),
    ("-- Up Migration", "-- Down Migration"),
    ("# --- !Ups", "# --- !Downs"),
]


@pytest.mark.parametrize(("up", "down"), UP_AND_DOWN)
def test_only_the_part_that_makes_the_change_is_run(check, up, down):
    line = up.count("\n") + 3
    check.write(**{"1": f"-- what it is for\n{up}\n{naive('a')}\n{down}\nDROP TABLE a; SELECT 1/0;\n", "2": "TABLE a"})
    outcome = check.run()
    assert outcome.violations == [at(line, "a")], outcome.messages


@pytest.mark.parametrize(("up", "down"), UP_AND_DOWN)
def test_the_parts_may_stand_the_other_way_round(check, up, down):
    check.write(**{"1": f"{down}\nSELECT 1/0;\r\n{up}\r\n{naive('a')}"})
    (violation,) = check.run().violations
    assert violation.endswith(" timestamp_without_time_zone a.at")


@pytest.mark.parametrize(("up", "down"), UP_AND_DOWN)
def test_what_stands_before_the_part_that_undoes_it_is_run(check, up, down):
    """A file without the mark of the other part is not taken for an empty one."""
    check.write(**{"1": f"{naive('a')}\n{down}\nSELECT 1/0;\n"})
    assert check.run().violations == [at(1, "a")]


def test_the_lines_that_pg_dump_writes_for_psql(check):
    check.write(**{"1": f"\\restrict aZ09\n\n{naive('a')}\n\\unrestrict aZ09\n"})
    assert check.run().violations == [at(3, "a")]


def test_a_link_to_a_folder_is_told(check, tmp_path):
    check.write(**{"1": naive("a")})
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "2.sql").write_text(naive("b"))
    (tmp_path / "m" / "more").symlink_to("../other")
    outcome = check.run()
    assert outcome.violations == [at(1, "a")]
    assert "Not run: m/more (a symbolic link to a folder)" in outcome.messages
    assert check.run(SQL_DIR="m/more").violations == ["m/more/2.sql:1 timestamp_without_time_zone b.at"]


def test_paths_are_those_of_the_repository(check, tmp_path):
    check.write(**{"1": naive("a")})
    expected = [at(1, "a")]
    assert check.run(SQL_DIR="./m/").violations == expected
    assert check.run(SQL_DIR=tmp_path / "m").violations == expected
    (tmp_path / "elsewhere" / ".git").mkdir(parents=True)
    inside = tmp_path / "elsewhere" / "db"
    inside.mkdir()
    (tmp_path / "m").rename(inside / "m")
    check.folder = tmp_path / "elsewhere" / ".git"
    assert check.run(SQL_DIR="../db/m").violations == [expected[0].replace("m/", "db/m/")]


def test_the_example_migrations_of_the_repository(check):
    """Those that the tests of drizzle use."""
    outcome = check.run(SQL_DIR=ROOT / "tests" / "integration" / "migrations" / "npm" / "drizzle")
    assert outcome.status in (0, 1), outcome.messages
    assert "Judged 2 files" in outcome.summary
