"""The examples for CI: their syntax, and what they run once the server is there."""

import os
import pathlib
import re
import shutil
import subprocess
import textwrap

import documents
import pytest
import tools
import yaml
from server import ROOT

HERE = pathlib.Path(__file__).parent
GITHUB = ROOT / ".github" / "workflows" / "example.yml"
GITLAB = ROOT / "docs" / "examples" / "gitlab-ci.yml"
PAGE = ROOT / "docs" / "ci.md"

GOOD = "CREATE TABLE customers (id bigint CONSTRAINT pk_customers PRIMARY KEY);"
BAD = "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, ordered_at timestamp);"


def steps_of_github():
    """What the job runs itself, by the names of the steps, but for the installation."""
    (job,) = yaml.safe_load(GITHUB.read_text())["jobs"].values()
    return {step["name"]: step["run"] for step in job["steps"] if "run" in step and not step["name"].startswith("Install")}


def script_of_gitlab():
    job = yaml.safe_load(GITLAB.read_text())["schema-conventions"]
    return job["script"], job["artifacts"]["reports"]


@pytest.fixture
def shell(late_cluster, tmp_path):
    """Runs a step in a folder with two migrations, as a runner of CI does."""
    folder = tmp_path / "repository"
    (folder / "migrations").mkdir(parents=True)
    (folder / "migrations" / "001_customers.sql").write_text(GOOD)
    (folder / "migrations" / "002_orders.sql").write_text(BAD)
    environment = late_cluster.environment(
        "app", PATH=f"{late_cluster.bindir}:/usr/bin:/bin", GITHUB_STEP_SUMMARY=str(folder / "summary.md")
    )

    def run(script):
        command = ["bash", "-e", "-o", "pipefail", "-c", script]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)

    run.folder, run.cluster = folder, late_cluster
    yield run
    late_cluster.drop_database("app")


def expect_success(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_workflow_of_github_fails_for_what_is_new(shell):
    steps = steps_of_github()
    check = steps.pop("Fail if there is anything new")
    outputs = {name: expect_success(shell(script)) for name, script in steps.items()}
    annotations = outputs["Report"].splitlines()
    assert annotations[0].startswith("::error file=db/schema.sql,title=pg_guardrail%3A timestamp_without_time_zone::column "), annotations
    assert "timestamp_without_time_zone" in (shell.folder / "summary.md").read_text()
    assert '"db/schema.sql"' in (shell.folder / "guardrail.sarif").read_text()
    assert (shell.folder / "guardrail.html").read_text().rstrip().endswith("</html>")
    done = shell(check)
    assert done.returncode != 0
    assert "the database has 1 open violation at level error" in done.stderr


def test_the_workflow_of_github_passes_with_a_baseline(shell):
    steps = steps_of_github()
    for name in ("Make the database", "Run the migrations"):
        expect_success(shell(steps[name]))
    with shell.cluster.connect("app") as admin:
        admin.execute("SELECT guardrail.freeze()")
        lines = [line for (line,) in admin.execute("SELECT guardrail.export_frozen()")]
    assert len(lines) == 1
    (shell.folder / "guardrail-baseline.jsonl").write_text("\n".join(lines) + "\n")
    shell.cluster.drop_database("app")
    for script in steps.values():
        expect_success(shell(script))


def test_the_job_of_gitlab(shell):
    (*steps, check), reports = script_of_gitlab()
    for script in steps:
        expect_success(shell(script))
    for path in reports.values():
        assert "timestamp_without_time_zone" in (shell.folder / path).read_text()
    assert "the database has 1 open violation at level error" in shell(check).stderr


def test_the_page_shows_what_the_examples_run():
    scripts = "\n".join([*steps_of_github().values(), *script_of_gitlab()[0]])
    scripts = re.sub(r">(?=[a-z])", "> ", scripts)
    (chapter,) = documents.chapters(PAGE)
    for block in chapter.blocks:
        for part in block.code.strip().split("\npsql -X -At"):
            assert part in scripts


def test_github_would_take_the_workflow():
    modules = tools.node_modules(HERE / "npm")
    command = [shutil.which("node"), HERE / "npm" / "lint.mjs", GITHUB]
    done = subprocess.run(
        command, env=os.environ | {"NODE_MODULES": str(modules)}, capture_output=True, text=True, check=True
    )
    assert done.stdout == ""


@pytest.mark.parametrize(("schema", "path"), [("github-workflows", GITHUB), ("gitlab-ci", GITLAB)], ids=["github", "gitlab"])
def test_the_syntax_is_that_of_the_published_schemas(schema, path):
    check = tools.environment(HERE / "requirements.txt") / "check-jsonschema"
    done = subprocess.run([check, "--builtin-schema", f"vendor.{schema}", path], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_linters_find_what_is_wrong(tmp_path):
    """They are no decoration: a key that is not there and an expression that is broken are found."""
    bad = tmp_path / "bad.yml"
    bad.write_text(textwrap.dedent("""
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            stepz:
              - run: echo ${{ github.nothing }
    """))
    check = tools.environment(HERE / "requirements.txt") / "check-jsonschema"
    assert subprocess.run([check, "--builtin-schema", "vendor.github-workflows", bad], capture_output=True).returncode == 1
    modules = tools.node_modules(HERE / "npm")
    command = [shutil.which("node"), HERE / "npm" / "lint.mjs", bad]
    done = subprocess.run(command, env=os.environ | {"NODE_MODULES": str(modules)}, capture_output=True, text=True)
    assert "stepz" in done.stdout
