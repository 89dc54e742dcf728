"""check/action.sh, the work of the action for GitHub: what it judges, what it writes where, and what it refuses.

As in test_make.py, it runs in a copy of the checkout in which the preparation only names the tests' server.
"""

import json

import pytest
from test_make import checkout, migrations  # noqa: F401 (fixtures)
from test_violations import naive

CLEAN = "CREATE TABLE clean (id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_clean PRIMARY KEY);"
PSQL = "psql -X -q -v ON_ERROR_STOP=1 -c"


def run_sql(text):
    return f"{PSQL} '{text.strip()}'"


class Job:
    """A job of a workflow, in the folder of the repository."""

    def __init__(self, checkout, folder):
        self.checkout, self.folder = checkout, folder

    def run(self, *arguments, **inputs):
        self.summary_file, self.output_file = self.folder / "summary.md", self.folder / "outputs"
        for file in (self.summary_file, self.output_file):
            file.write_text("")
        names = {f"INPUT_{name}": value for name, value in inputs.items()}
        self.done = self.checkout.run(
            self.checkout.folder / "check" / "action.sh", *arguments, cwd=self.folder,
            GITHUB_STEP_SUMMARY=str(self.summary_file), GITHUB_OUTPUT=str(self.output_file), **names,
        )  # fmt: skip
        assert "Traceback" not in self.done.stderr
        return self.done.returncode

    @property
    def outputs(self):
        return dict(line.split("=", 1) for line in self.output_file.read_text().splitlines())

    @property
    def summary(self):
        return self.summary_file.read_text()

    @property
    def log(self):
        return self.done.stdout

    @property
    def messages(self):
        return self.done.stderr


@pytest.fixture
def job(checkout, migrations):  # noqa: F811
    return Job(checkout, migrations.parent)


def test_a_folder_that_violates_a_rule(job):
    assert job.run(SQL_DIR="migrations") == 1, job.messages
    assert job.outputs == {"status": "violations"}
    assert job.log.startswith("::error file=migrations/1.sql,line=1,title=pg_guardrail%3A timestamp_without_time_zone::")
    assert "timestamp_without_time_zone" in job.summary
    assert "migrations/1.sql" in job.summary


def test_a_folder_in_which_all_is_well(job):
    (job.folder / "migrations" / "1.sql").write_text(CLEAN)
    assert job.run(SQL_DIR="migrations") == 0
    assert job.outputs == {"status": "passed"}
    assert "::error" not in job.log


def test_the_report_is_written_to_a_file_and_named(job):
    assert job.run(SQL_DIR="migrations", FORMAT="json", OUT="report.json") == 1
    assert job.outputs == {"status": "violations", "report": "report.json"}
    assert job.log == ""
    assert json.loads((job.folder / "report.json").read_text())["file"] == "migrations/1.sql"


def test_annotations_are_in_the_log_even_if_they_are_written_to_a_file(job):
    for inputs in ({"SQL_DIR": "migrations"}, {"RUN": run_sql(naive("a").replace('"', ""))}):
        assert job.run(OUT="report.txt", **inputs) == 1
        assert job.log == (job.folder / "report.txt").read_text()
        assert job.log.startswith("::error ")


def test_a_command_that_adds_a_violation(job):
    assert job.run(RUN=f"{PSQL} '{CLEAN}'\n{run_sql(naive('a'))}", URI="db/schema.sql") == 1, job.messages
    assert job.outputs == {"status": "violations"}
    assert job.log.startswith("::error file=db/schema.sql,title=pg_guardrail%3A timestamp_without_time_zone::column ")
    assert "timestamp_without_time_zone" in job.summary
    assert "WARNING:  " in job.messages
    assert job.messages.splitlines()[-1] == (
        "Audited the database under preset recommended: 1 error open. Status 1 (an error is open)."
    )


def test_a_command_after_which_all_is_well(job):
    assert job.run(RUN=run_sql(naive("a")) + f"\n{PSQL} 'ALTER TABLE a ALTER at TYPE timestamptz'") == 0, job.messages
    assert job.outputs == {"status": "passed"}
    assert "nothing open" in job.messages


def test_what_the_command_finds(job):
    """The database by the environment, and nothing of the action's own arguments."""
    job.folder.joinpath("tool").write_text("")
    script = """
        ls tool
        echo "$PGHOST $PGUSER $PGDATABASE ${PGOPTIONS-none} ${PG-none} ${FORMAT-none} ${OUT-none} ${DATABASE_URL-none}"
        psql -X -At -c "SELECT current_setting('guardrail.mode'), current_setting('guardrail.preset')"
    """
    assert job.run(RUN=f"{script}\n{PSQL} '{CLEAN}'", PRESET="house", FORMAT="text", FAIL_ON="never") == 0, job.messages
    line = f"{job.checkout.cluster.directory} postgres check none none none none none"
    assert f"tool\n{line}\nwarn|house\n" in job.messages
    assert "tool\n" not in job.log


def test_a_command_that_fails(job):
    script = f"{run_sql(naive('a'))}\n(exit 3)\n{run_sql(naive('b'))}"
    assert job.run(RUN=script, OUT="report.json", FORMAT="json", FAIL_ON="never") == 2
    assert job.outputs == {"status": "failed", "report": "report.json"}
    assert "error: The command of `run` has ended with status 3." in job.messages
    assert "has ended with status 3" in job.summary
    assert [json.loads(line)["table_name"] for line in (job.folder / "report.json").open()] == ["a"]
    assert job.run(RUN="false | true") == 2
    assert "::error" in job.log
    assert job.run(RUN="kill -9 $$") == 2
    assert "was ended by signal 9" in job.messages
    assert job.run(RUN="exit 1", FORMAT="baseline", OUT="lines") == 2
    assert job.outputs == {"status": "failed"}
    assert not (job.folder / "lines").exists()


@pytest.mark.parametrize("kind", ["SQL_DIR", "RUN"])
def test_a_baseline(job, kind):
    inputs = {kind: "migrations" if kind == "SQL_DIR" else run_sql(naive("a"))}
    assert job.run(FORMAT="baseline", OUT="lines", **inputs) == 0, job.messages
    assert job.outputs == {"status": "passed", "report": "lines"}
    assert json.loads((job.folder / "lines").read_text())["rule"] == "timestamp_without_time_zone"
    assert job.run(BASELINE="lines", **inputs) == 0, job.messages
    assert "nothing open; 1 frozen" in job.messages
    if kind == "RUN":
        assert job.run(RUN=f"{inputs[kind]}; {run_sql(naive('b'))}", BASELINE="lines") == 1
        assert "1 error open; 1 frozen" in job.messages


@pytest.mark.parametrize(
    ("level", "status"), [("error", 0), ("warning", 1), ("notice", 1), ("never", 0), ("", 0)]
)
def test_the_level_that_fails_the_job(job, level, status):
    conf = job.folder / "guardrail.conf"
    conf.write_text("guardrail.timestamp_without_time_zone = 'warning'\n")
    for inputs in ({"SQL_DIR": "migrations"}, {"RUN": run_sql(naive("a"))}):
        assert job.run(FAIL_ON=level, SETTINGS="guardrail.conf", **inputs) == status, job.messages
        assert job.outputs["status"] == ("violations" if status else "passed")


NAIVE = run_sql(naive("a"))
LEVEL = "guardrail.timestamp_without_time_zone"


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (f'ALTER DATABASE "check" SET {LEVEL} = off', f"The command sets {LEVEL} to 'off', and is judged accordingly."),
        (f"ALTER ROLE postgres SET {LEVEL} = off", f"The command sets {LEVEL} to 'off', and is judged accordingly."),
        (
            "SELECT guardrail.exempt($$timestamp_without_time_zone$$, $$a$$, $$at$$, $$old$$)",
            "What the command exempts is not reported: 1 row in guardrail.exemptions.",
        ),
        (
            "SELECT guardrail.freeze(add_new => true)",
            "The command itself has frozen what is not in the baseline: 1 violation.",
        ),
    ],
    ids=["database", "role", "exempt", "freeze"],
)
def test_a_command_that_is_judged_more_mildly_is_told(job, statement, told):
    try:
        assert job.run(RUN=f"{NAIVE}; {PSQL} '{statement}'") == 0, job.messages
        assert told in job.messages.splitlines()
    finally:
        with job.checkout.cluster.connect("postgres") as admin:
            admin.execute("ALTER ROLE postgres RESET ALL")


def test_what_changes_nothing_in_the_judgement_is_not_told(job):
    job.folder.joinpath("lines").write_text("")
    assert job.run(RUN=NAIVE, FORMAT="baseline", OUT="lines") == 0, job.messages
    mode = run_sql('ALTER DATABASE "check" SET guardrail.mode = off; ALTER DATABASE "check" SET guardrail.preset = off')
    conf = job.folder / "guardrail.conf"
    conf.write_text("guardrail.fk_without_index = 'warning'\n")
    assert job.run(RUN=f"{NAIVE}; {mode}", BASELINE="lines", SETTINGS="guardrail.conf") == 0, job.messages
    assert "The command" not in job.messages
    assert "the command" not in job.messages
    assert job.run(RUN=f"{NAIVE}; {mode}") == 1


def test_a_command_that_works_elsewhere_fails(job):
    for script in ("true", f"createdb elsewhere; PGDATABASE=elsewhere {NAIVE}; dropdb elsewhere"):
        assert job.run(RUN=script) == 2, job.messages
        assert "error: The command has made no table here." in job.messages


def test_the_mode_of_the_settings(job):
    (job.folder / "guardrail.conf").write_text("guardrail.mode = enforce\n")
    assert job.run(RUN=run_sql(naive("a")), SETTINGS="guardrail.conf") == 2
    assert "ERROR:  " in job.messages


def test_a_command_that_takes_the_extension_away(job):
    assert job.run(RUN=f"{PSQL} 'DROP EXTENSION pg_guardrail'") == 2
    assert "error: the database cannot be audited" in job.messages
    assert "It needs the database as it was given to the command" in job.messages


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "sql-dir or run is missing"),
        ({"SQL_DIR": "", "RUN": ""}, "sql-dir or run is missing"),
        ({"SQL_DIR": "migrations", "RUN": "true"}, "there are both sql-dir and run"),
        ({"SQL_DIR": "migrations", "URI": "x"}, "uri goes with run only"),
        ({"SQL_DIR": "none"}, "SQL_DIR=none: no such folder"),
        ({"RUN": "true", "POSTGRES": "12"}, "POSTGRES=12: there is no such version here; choose one of 13 14 15"),
        ({"RUN": "true", "POSTGRES": "1."}, "POSTGRES=1.: there is no such version"),
        ({"RUN": "true", "POSTGRES": "-v"}, "POSTGRES=-v: there is no such version"),
        ({"RUN": "true", "PRESET": "hause"}, 'PRESET=hause: there is no preset "hause"'),
        ({"RUN": "true", "FORMAT": "sarf"}, 'FORMAT=sarf: there is no format "sarf"'),
        ({"RUN": "true", "FAIL_ON": "fatal"}, 'FAIL_ON=fatal: there is no level "fatal"'),
        ({"RUN": "true", "BASELINE": "none"}, "BASELINE=none: no such file"),
        ({"RUN": "true", "SETTINGS": "none"}, "SETTINGS=none: no such file"),
        ({"RUN": "true", "OUT": "no/such"}, "OUT=no/such: there is no folder no"),
        ({"RUN": "true", "OUT": "migrations"}, "OUT=migrations: it is a folder"),
    ],
    ids=str,
)
def test_bad_inputs(job, inputs, message):
    inputs |= {"RUN": "touch ran"} if inputs.get("RUN") else {}
    assert job.run(**inputs) == 2
    assert f"error: {message}" in job.messages
    assert job.outputs == {"status": "failed"}
    assert not (job.folder / "ran").exists()


@pytest.mark.parametrize("name", ["SQL_DIR", "PRESET", "SETTINGS", "FORMAT", "OUT", "BASELINE", "FAIL_ON", "URI"])
def test_hostile_inputs(job, name):
    """Nothing of an input is run, and nothing of it becomes an output or a command of the runner."""
    inputs = {"RUN": f"{PSQL} '{CLEAN}'"} if name != "SQL_DIR" else {}
    assert job.run(**inputs | {name: "x\nstatus=passed\n::stop-commands::y"}) == 2
    assert f"error: {name} has a line break" in job.messages
    assert job.outputs == {"status": "failed"}
    assert "\n::" not in job.messages
    for value in ("$(touch evil)", "`touch evil`", "x'; touch evil; '", "x; touch evil", "-x", "a'; DROP TABLE b; --"):
        status = job.run(**inputs | {name: value})
        # These are good names of files to be written, and of the file that stands for the database.
        assert status == (0 if name in ("OUT", "URI") else 2), job.messages
        assert not list(job.folder.glob("evil")), value
        assert not list(job.checkout.folder.glob("evil")), value


@pytest.mark.parametrize("version", ["18\nstatus=passed", "\n18", "$(touch evil)", "18; touch evil"])
def test_a_hostile_version(job, version):
    for arguments in ([], ["--key"]):
        assert job.run(*arguments, RUN="true", POSTGRES=version) == (1 if arguments else 2)
        assert "there is no such version here" in job.messages
        assert job.outputs == ({} if arguments else {"status": "failed"})
        assert not list(job.checkout.folder.glob("evil"))


def test_the_key_by_which_the_build_is_kept(job):
    for name in ("sql", "src", "templates"):
        job.checkout.folder.joinpath(name).mkdir()
    job.checkout.folder.joinpath("pg_guardrail.control").write_text("")
    job.checkout.folder.joinpath("src", "lib.rs").write_text("1")
    keys = []
    for version, text in (("17", "1"), ("18", "1"), ("18", "2"), ("18", "2")):
        job.checkout.folder.joinpath("src", "lib.rs").write_text(text)
        assert job.run("--key", POSTGRES=version) == 0, job.messages
        assert job.outputs["key"].startswith("pg_guardrail-Linux-")
        keys.append(job.outputs["key"])
    assert len(set(keys)) == 3
    assert keys[2] == keys[3]


def test_a_preparation_that_fails_is_no_violation(job):
    job.checkout.replace("install.sh", "#!/bin/bash\necho 'error: no' >&2\nexit 1\n")
    for inputs in ({"SQL_DIR": "migrations"}, {"RUN": "true"}):
        assert job.run(**inputs) == 2
        assert job.outputs == {"status": "failed"}
        assert "error: no" in job.messages


def test_it_needs_no_files_of_the_runner(job):
    script = job.checkout.folder / "check" / "action.sh"
    done = job.checkout.run(script, cwd=job.folder, INPUT_SQL_DIR="migrations", INPUT_FORMAT="text")
    assert done.returncode == 1
    assert "timestamp_without_time_zone" in done.stdout
