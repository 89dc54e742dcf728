"""The files that describe the project agree with each other."""

import json
import re
import tomllib

from server import ROOT

META = json.loads((ROOT / "META.json").read_text())
CARGO = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]
CONTROL = dict(re.findall(r"^(\w+) *= *'?([^'\n]*)'?$", (ROOT / "pg_guardrail.control").read_text(), re.M))


def test_one_version():
    assert CONTROL["default_version"] == "@CARGO_VERSION@"
    assert META["version"] == CARGO["version"] == META["provides"][META["name"]]["version"]


def test_one_name():
    assert META["name"] == CARGO["name"] == "pg_guardrail"
    assert CONTROL["module_pathname"] == f"$libdir/{CARGO['name']}"
    assert list(META["provides"]) == [META["name"]]


def test_one_description():
    extension = META["provides"][META["name"]]
    assert META["abstract"] == extension["abstract"] == CARGO["description"]


def test_one_license():
    assert META["license"] == CARGO["license"].lower() == "postgresql"
    assert "Copyright (c) 2026, the pg_guardrail authors" in (ROOT / "LICENSE").read_text()


def test_what_pgxn_requires_is_there():
    assert META.keys() >= {"name", "version", "abstract", "maintainer", "license", "provides", "meta-spec"}
    assert re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", META["version"])
    assert META["release_status"] in ("stable", "testing", "unstable")
    extension = META["provides"][META["name"]]
    for file in (extension["file"], extension["docfile"]):
        assert (ROOT / file).is_file()


def test_the_oldest_postgresql_is_the_first_feature():
    features = tomllib.loads((ROOT / "Cargo.toml").read_text())["features"]
    oldest = min(int(name[2:]) for name in features if re.fullmatch(r"pg\d+", name))
    assert META["prereqs"]["runtime"]["requires"]["PostgreSQL"] == f"{oldest}.0.0"


def test_the_documents_name_the_versions_that_it_builds_for_and_is_tested_on():
    features = tomllib.loads((ROOT / "Cargo.toml").read_text())["features"]
    majors = sorted(int(name[2:]) for name in features if re.fullmatch(r"pg\d+", name))
    assert majors == list(range(majors[0], majors[-1] + 1))
    tested = re.search(r'"\$\{PG:-([\d ]+)\}"', (ROOT / "pgrx-config" / "test.sh").read_text())[1].split()
    for path in ("README.md", "docs/operations.md"):
        text = (ROOT / path).read_text()
        assert re.search(rf"builds for (PostgreSQL )?{majors[0]} to {majors[-1]}\.", text), path
        assert f"All tests run on {' and '.join(tested)}, for every change" in text, path
        assert f"Rust {CARGO['rust-version']} or newer" in text, path


def test_the_changelog_begins_with_this_version():
    heading = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert heading.group(1) == CARGO["version"]


def test_the_changelog_dates_the_releases():
    """A version has a date exactly when its script is kept."""
    text = (ROOT / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## (.+)$", text, re.M)
    assert len(headings) == text.count("\n## ")
    notes = {version: note for version, note in (re.fullmatch(r"(\S+) \((.+)\)", line).groups() for line in headings)}
    dated = {version for version, note in notes.items() if re.fullmatch(r"\d{4}-\d\d-\d\d", note)}
    names = [path.name for path in (ROOT / "sql").glob("pg_guardrail--*.sql")]
    assert dated == {match[1] for match in map(re.compile(r"pg_guardrail--([\d.]+)\.sql").fullmatch, names) if match}
    assert {note for version, note in notes.items() if version not in dated} <= {"unreleased"}
    assert list(notes) == sorted(notes, key=lambda version: [int(part) for part in version.split(".")], reverse=True)


def test_every_pg_regress_file_has_its_expected_output():
    # `cargo pgrx regress` skips a file without one and says that all is well.
    folder = ROOT / "tests" / "pg_regress"
    files = {path.stem for path in (folder / "sql").glob("*.sql")}
    # What another version of PostgreSQL answers stands beside it, under the name and _1.
    expected = {path.stem for path in (folder / "expected").glob("*.out")}
    others = {name for name in expected if name.endswith("_1")}
    assert files == expected - others
    assert {name.removesuffix("_1") for name in others} <= files
    assert files


def test_every_rule_has_a_pg_regress_file(guard):
    files = {path.stem for path in (ROOT / "tests" / "pg_regress" / "sql").glob("*.sql")}
    rules = [id for (id,) in guard.session.rows("SELECT id FROM guardrail.rules")]
    assert rules != []
    assert [id for id in rules if id not in files] == []


def direct_dependencies(lock):
    """The versions of what the extension itself uses, but for pgrx."""
    packages = tomllib.loads(lock.read_text())["package"]
    versions = {package["name"]: package["version"] for package in packages}
    (own,) = (package for package in packages if package["name"] == "pg_guardrail")
    names = {dependency.split()[0] for dependency in own["dependencies"]} - {"pgrx", "pgrx-tests"}
    return {name: versions[name] for name in names}


def test_the_build_with_a_newer_pgrx_has_the_same_libraries():
    # pgrx-config/manifest.sh --lock writes it.
    libraries = direct_dependencies(ROOT / "Cargo.lock")
    assert libraries
    assert direct_dependencies(ROOT / "pgrx-config" / "newer-pgrx.lock") == libraries
