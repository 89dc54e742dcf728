"""`make check`: whatever is wrong with its arguments or the files is named, and the status is 2."""

import pytest
from test_violations import at, naive


def refuse(check, **environment):
    """Runs the program, which refuses. Returns the message; nothing is reported."""
    outcome = check.run(**environment)
    assert (outcome.status, outcome.report) == (2, "")
    assert "Traceback" not in outcome.messages
    return outcome.messages


def test_the_folder(check, tmp_path):
    check.write_files({"notes.txt": "", "only/1.down.sql": "", "empty/.sql/x": ""})
    message = refuse(check, SQL_DIR=None)
    assert message.startswith("error: SQL_DIR is missing")
    assert "make check SQL_DIR=folder" in message
    assert refuse(check, SQL_DIR="") == message
    assert f"SQL_DIR=none: no such folder (looked for it from {tmp_path})" in refuse(check, SQL_DIR="none")
    assert "SQL_DIR=m/notes.txt: it is not a folder" in refuse(check, SQL_DIR="m/notes.txt")
    assert "SQL_DIR=m/empty: there is nothing to run in it: no *.sql\n" in refuse(check, SQL_DIR="m/empty")
    assert "no *.sql but 1.down.sql (to undo changes)" in refuse(check, SQL_DIR="m/only")


def test_words(check):
    check.write(**{"1": naive("a")})
    message = refuse(check, PRESET="hause")
    assert 'PRESET=hause: there is no preset "hause"' in message
    assert "recommended" in message
    message = refuse(check, FORMAT="sarf")
    assert 'FORMAT=sarf: there is no format "sarf"' in message
    assert 'Did you mean "sarif"? Available formats: text, json, ' in message
    assert "FORMAT=baseline" in message
    message = refuse(check, FAIL_ON="fatal")
    assert 'FAIL_ON=fatal: there is no level "fatal"' in message
    assert "Choose one of notice, warning, error, never." in message
    assert 'PRESET=a b\'; -c: there is no preset "a b\'; -c"' in refuse(check, PRESET="a b'; -c")


def test_out(check, tmp_path):
    check.write(**{"1": naive("a")})
    message = refuse(check, OUT="no/such/report.json")
    assert "OUT=no/such/report.json: there is no folder no/such" in message
    assert "OUT=m: it is a folder" in refuse(check, OUT="m")


def test_baseline(check, tmp_path):
    check.write(**{"1": naive("a")})
    assert "BASELINE=none: no such file" in refuse(check, BASELINE="none")
    assert "BASELINE=m: it is not a file" in refuse(check, BASELINE="m")
    baseline = tmp_path / "b.jsonl"
    baseline.write_text("\n\n<<<<<<< HEAD\n")
    message = refuse(check, BASELINE="b.jsonl")
    assert "BASELINE=b.jsonl: line 3 of the baseline cannot be read" in message
    baseline.write_bytes(b"\xff")
    assert "BASELINE=b.jsonl: the file cannot be read" in refuse(check, BASELINE="b.jsonl")


def test_settings(check, tmp_path):
    check.write(**{"1": naive("a")})
    assert "SETTINGS=none: no such file" in refuse(check, SETTINGS="none")
    settings = tmp_path / "guardrail.conf"
    for text, message in (
        ("\nguardrail.preset = 'core", "SETTINGS: guardrail.conf:2 cannot be read: guardrail.preset = 'core"),
        ("guardrail.preset = ", "SETTINGS: guardrail.conf:1 cannot be read"),
        ("guardrail.fk_without_index = 'fatal'", 'SETTINGS: invalid value for parameter "guardrail.fk_without_index"'),
    ):
        settings.write_text(text)
        assert message in refuse(check, SETTINGS="guardrail.conf")


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        (b"SELECT 1;\n\nSELECT '\xe9';", "m/1.sql:3: the file is not UTF-8: byte 0xe9 at offset 19", "iconv -f LATIN1"),
        (b"\xef\xbb\xbfSELECT 1;\n'\xe9'", "m/1.sql:2: the file is not UTF-8: byte 0xe9 at offset 14", "iconv"),
        ("SELECT 1".encode("utf-16"), "m/1.sql:1: the file is not UTF-8: byte 0xff at offset 0", "iconv -f UTF-16"),
        (b"SELECT 1;\nSELECT '\0';", "m/1.sql:2: the file has a character with the code 0", ""),
    ],
)
def test_a_file_that_is_no_text_is_refused_before_anything_runs(check, data, message, hint):
    check.write_files({"0.sql": naive("a"), "1.sql": data})
    messages = refuse(check)
    assert f"error: {message}\n" in messages
    assert hint in messages


def test_without_a_server_the_inputs_can_be_looked_at(check):
    check.write(**{"1": naive("a")})
    nowhere = {"PGHOST": "/nonexistent"}
    assert check.run("--inputs", **nowhere).status == 0
    outcome = check.run("--inputs", SQL_DIR="none", **nowhere)
    assert outcome.status == 2
    assert "no such folder" in outcome.messages
    outcome = check.run(**nowhere)
    assert outcome.status == 2
    assert "Traceback" not in outcome.messages


@pytest.mark.parametrize(
    ("sql", "message", "hint"),
    [
        ("SELECT 1;\n\\connect other\n", "m/2.sql:2: \\connect is a command of psql", "Write SQL instead"),
        ("  \\i other.sql", "m/2.sql:1: \\i is a command of psql", "Write SQL instead"),
        ("\n\\echo hello\nSELECT 1;", "m/2.sql:2: \\echo is a command of psql", "Write SQL instead"),
        ("COPY a FROM stdin;\n1\t2\n\\.\n", "m/2.sql:1: COPY FROM STDIN has no rows here", "Write INSERT instead"),
        ("\ncopy public.a (id)\n from STDIN;", "m/2.sql:2: COPY FROM STDIN has no rows here", "Write INSERT instead"),
        ("SELECT 1;\n\nSELEC 2;", 'm/2.sql:3: syntax error at or near "SELEC"', ""),
        ("CREATE TABLE ${s}.t (x int);", 'm/2.sql:1: syntax error at or near "$"', "If this is a placeholder"),
        ("CREATE TABLE :s (x int);", 'm/2.sql:1: syntax error at or near ":"', "If this is a placeholder"),
        ("SELECT 1 \\gset", 'm/2.sql:1: syntax error at or near "\\"', "psql's own commands are not SQL"),
        ("ALTER TABLE a OWNER TO nobody;", 'm/2.sql:1: role "nobody" does not exist', "in a file that sorts first"),
        ("CREATE TABLE app.t (x int);", 'm/2.sql:1: schema "app" does not exist', "in a file that sorts first"),
        ("SELECT 'a;", "m/2.sql:1: unterminated quoted string", ""),
        ("SELECT 1;\nSELECT x;", 'm/2.sql:2: column "x" does not exist', ""),
        ("SELECT 1;\nINSERT INTO b VALUES (1);", 'm/2.sql:2: relation "b" does not exist', ""),
        ("BEGIN;\nSELECT 1;", "m/2.sql:1: the transaction that begins here is not committed", "Is a COMMIT missing"),
        ("DO $$ BEGIN RAISE 'no' USING DETAIL = 'why', HINT = 'what'; END $$", "m/2.sql:1: no", "why"),
        ("VACUUM a;\nVACUUM b;", 'm/2.sql:2: relation "b" does not exist', ""),
        ("COMMIT;\nBEGIN;\nSAVEPOINT s;\nRELEASE t;\nCOMMIT;", 'm/2.sql:4: savepoint "t" does not exist', ""),
    ],
)
def test_a_file_that_fails(check, sql, message, hint):
    """What was found before it is reported; the rest is told as not judged."""
    check.write(**{"1": naive("a"), "2": sql, "3": naive("b"), "4": naive("c")})
    outcome = check.run()
    assert outcome.status == 2
    assert outcome.violations == [at(1, "a")]
    error, *_, rest, summary = outcome.messages.splitlines()
    assert error.startswith(f"error: {message}")
    assert hint in outcome.messages
    assert rest == "The rest is not judged: 2 files after it are left."
    assert summary.startswith("Judged 1 of 4 files")
    assert summary.endswith("Status 2 (not all files were judged).")
    assert "Traceback" not in outcome.messages


def test_violations_of_the_statements_before_the_error(check):
    """Those of the commit are not among them: a later statement might have mended them."""
    check.write(**{"1": f"{naive('a')}CREATE TABLE k (x int); SELECT 1/0; {naive('b')}", "2": naive("c")})
    outcome = check.run()
    assert outcome.violations == [at(1, "a")]
    assert outcome.messages.startswith("error: m/1.sql:2: division by zero\n")
    assert "1 file after it is left" in outcome.messages


def test_an_error_of_the_commit(check):
    check.write(
        **{
            "1": "CREATE TABLE p (id bigint CONSTRAINT pk PRIMARY KEY);\n"
            "CREATE TABLE c (id bigint CONSTRAINT pk_c PRIMARY KEY CONSTRAINT fk REFERENCES p ON DELETE CASCADE\n"
            "    DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (1);\nSELECT 1;"
        }
    )
    outcome = check.run()
    assert outcome.status == 2
    assert 'm/1.sql:5: insert or update on table "c" violates foreign key constraint "fk"' in outcome.messages


@pytest.mark.parametrize("name", ["a\n::error::x.sql", "b\x1b[31m.sql", "\u202ec.sql"])
def test_a_name_that_steers_a_terminal(check, name):
    check.write_files({name: "SELECT 1"})
    done = check.run()
    assert done.status == 2
    assert done.messages.startswith("error: SQL_DIR=m: there are characters that do not show in the name 'm/")
    assert len(done.messages.splitlines()) == 1
