"""What GitHub reads: workflows, the action, the forms for issues. Their syntax, and what they must not do."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest
import tools
import yaml
from server import ROOT

REPORTS = pathlib.Path(__file__).parents[1] / "reports"
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
OWN = [path for path in WORKFLOWS if path.name != "example.yml"]
ACTION = ROOT / "action.yml"
TEMPLATES = GITHUB / "ISSUE_TEMPLATE"
CONFIG = TEMPLATES / "config.yml"
FORMS = [path for path in sorted(TEMPLATES.glob("*.yml")) if path != CONFIG]

SCHEMAS = [
    *(("github-workflows", path) for path in WORKFLOWS),
    ("github-actions", ACTION),
    ("dependabot", GITHUB / "dependabot.yml"),
    *(("github-issue-forms", path) for path in FORMS),
    ("github-issue-config", CONFIG),
]
# What is younger than the linter. (The published schema knows the permission.)
YOUNGER = re.compile(r'label "ubuntu-24\.04(-arm)?" is unknown\.|unknown permission scope "attestations"\.')
# Who writes them runs the machines, too.
OF_GITHUB = re.compile(r"(actions|github)/[\w/-]+@v\d+")


def load(path):
    return yaml.safe_load(path.read_text())


def check_schema(schema, path):
    program = tools.environment(REPORTS / "requirements.txt") / "check-jsonschema"
    return subprocess.run([program, "--builtin-schema", f"vendor.{schema}", path], capture_output=True, text=True)


def lint(*paths):
    command = [shutil.which("node"), REPORTS / "npm" / "lint.mjs", *paths]
    modules = tools.node_modules(REPORTS / "npm")
    environment = os.environ | {"NODE_MODULES": str(modules)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found = [json.loads(line)["message"] for line in done.stdout.splitlines()]
    return [message for message in found if not YOUNGER.match(message)]


def jobs():
    return [(path, name, job) for path in OWN for name, job in load(path)["jobs"].items()]


def steps():
    """The steps of the workflows and of the action, each with the name of its file."""
    found = [(path.name, step) for path, _, job in jobs() for step in job.get("steps", [])]
    return found + [(ACTION.name, step) for step in load(ACTION)["runs"]["steps"]]


@pytest.mark.parametrize(("schema", "path"), SCHEMAS, ids=lambda it: getattr(it, "name", it))
def test_the_syntax_is_that_of_the_published_schemas(schema, path):
    done = check_schema(schema, path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("schema", sorted({schema for schema, _ in SCHEMAS}))
def test_the_schemas_refuse_what_is_wrong(schema, tmp_path):
    bad = tmp_path / "bad.yml"
    bad.write_text(
        "name: bad\ndescription: bad\nbody: [{type: riddle}]\nupdates: 1\nruns: 1\njobs: 1\n"
        "blank_issues_enabled: perhaps\n"
    )
    assert check_schema(schema, bad).returncode == 1


def test_github_would_take_the_workflows(tmp_path):
    assert lint(*WORKFLOWS) == []
    bad = tmp_path / "bad.yml"
    bad.write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.05\n    steps:\n      - run: echo ${{ github.nothing }}\n"
    )
    unknown, nothing = lint(bad)
    assert unknown.startswith('label "ubuntu-24.05" is unknown')
    assert 'property "nothing" is not defined' in nothing


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_a_workflow_may_only_read_unless_a_job_says_why(path):
    assert load(path)["permissions"] == {"contents": "read"}
    assert "concurrency" in load(path)
    written = re.findall(r"^ +[\w-]+: write.*", path.read_text(), re.MULTILINE)
    assert all("# to" in line for line in written), written
    assert bool(written) == (path.name == "release.yml")


@pytest.mark.parametrize(("path", "name", "job"), jobs(), ids=lambda it: it if isinstance(it, str) else "")
def test_a_job_ends_some_time(path, name, job):
    assert "uses" in job or job["timeout-minutes"] <= 180


@pytest.mark.parametrize(("name", "step"), steps(), ids=lambda it: it if isinstance(it, str) else "")
def test_a_step(name, step):
    """Nothing that somebody else has written is pasted into a script, and others' actions are those of GitHub."""
    if "uses" in step and step["uses"] != "./":
        assert OF_GITHUB.fullmatch(step["uses"])
    pasted = re.findall(r"\$\{\{\s*([^}]*?)\s*\}\}", step.get("run", ""))
    assert set(pasted) <= {"matrix.target"}


def test_every_version_is_tested():
    """For a change all tests run on those that `make test` takes by itself, and the chosen ones on the others."""
    versions = re.findall(r"^(\d+) ", (ROOT / "pgrx-config" / "postgresql.list").read_text(), re.MULTILINE)
    job = load(GITHUB / "workflows" / "test.yml")["jobs"]["test"]
    assert job["strategy"]["matrix"]["major"] == [int(version) for version in versions]
    (thorough,) = re.findall(r"fromJSON\('\[(.*?)\]'\)", job["env"]["PART"])
    assert f'"${{PG:-{thorough.replace(", ", " ")}}}"' in (ROOT / "pgrx-config" / "test.sh").read_text()
    others = " ".join(version for version in versions if version not in thorough.split(", "))
    assert f'`PART=chosen PG="{others}" make test`' in (ROOT / "CONTRIBUTING.md").read_text()


def test_a_release_takes_nothing_from_a_cache():
    """Every workflow on the branch main can write any entry of the cache, whatever its permissions are."""
    called = re.findall(r"uses: \./(\S+)", (GITHUB / "workflows" / "release.yml").read_text())
    for name in [".github/workflows/release.yml", *called]:
        for job in load(ROOT / name)["jobs"].values():
            for step in job.get("steps", []):
                if step.get("uses", "").startswith("actions/cache"):
                    assert step["if"] == "github.ref_type != 'tag'", name


def test_the_programs_that_the_steps_run_are_there():
    program_of = re.compile(r"(?:\$GITHUB_ACTION_PATH/|^)((?:packaging|pgrx-config|check)/[\w.-]+)")
    for name, step in steps():
        for program in program_of.findall(step.get("run", "")):
            assert os.access(ROOT / program, os.X_OK), (name, program)
        for target in re.findall(r"^make ([a-z-]+)", step.get("run", "")):
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE), (name, target)


def test_the_container_has_the_rust_that_is_needed():
    (wanted,) = re.findall(r'^rust-version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    images = re.findall(r"rust:\S+", (GITHUB / "workflows" / "packages.yml").read_text())
    assert set(images) == {f"rust:{wanted}-bookworm"}


def test_who_builds_in_a_container_gets_rustfmt():
    """The official images of Rust have the minimal profile; the build needs more."""
    building = 0
    for path, name, job in jobs():
        commands = [step.get("run", "") for step in job["steps"]] if "rust:" in str(job.get("container")) else []
        for command in {"make deb", "make test-packages"}.intersection(commands):
            assert "rustup component add rustfmt" in commands[: commands.index(command)], (path, name)
            building += 1
    assert building == 2


def test_the_action_hands_over_all_inputs():
    action = load(ACTION)
    (judge,) = [step for step in action["runs"]["steps"] if step.get("id") == "judge"]
    expected = {f"INPUT_{name.upper().replace('-', '_')}": f"${{{{ inputs.{name} }}}}" for name in action["inputs"]}
    assert judge["env"] == expected
    script = (ROOT / "check" / "action.sh").read_text()
    assert all(re.search(rf"\b{name}\b", script) for name in expected)
    versions = re.findall(r"^(\d+) ", (ROOT / "pgrx-config" / "postgresql.list").read_text(), re.MULTILINE)
    assert action["inputs"]["postgres"]["default"] == max(versions, key=int)


def test_the_page_names_all_inputs_and_outputs():
    page = (ROOT / "docs" / "ci.md").read_text()
    action = load(ACTION)
    for name in [*action["inputs"], *action["outputs"]]:
        assert f"`{name}`" in page


def test_the_forms_ask_for_what_is_needed_and_have_no_two_fields_of_a_name():
    for path in FORMS:
        fields = [field for field in load(path)["body"] if field["type"] != "markdown"]
        ids = [field["id"] for field in fields]
        labels = [field["attributes"]["label"] for field in fields]
        assert len(set(ids)) == len(ids) == len(set(labels)), path.name
        if path.name != "idea.yml":
            assert "FROM pg_settings" in path.read_text(), path.name
            assert {"versions", "settings", "statement"} <= set(ids), path.name
