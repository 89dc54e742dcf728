"""Names, versions and texts of the packages: Cargo.toml and CHANGELOG.md are the source, and all others say the same."""

import json
import re
import subprocess
import textwrap
import tomllib

import pytest
from server import ROOT

CRATE = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]
VERSION = CRATE["version"]
(MAINTAINER,) = CRATE["authors"]
META = json.loads((ROOT / "META.json").read_text())


def read(path):
    return (ROOT / path).read_text()


def in_a_list(text):
    """A description as Debian and PostgreSQL have them in their lists."""
    return text[0].lower() + text[1:]


CHANGES = re.findall(r"^## (\S+) \((.*)\)$", read("CHANGELOG.md"), re.MULTILINE)


def test_the_changelog_begins_with_this_version():
    assert CHANGES[0][0] == VERSION


def test_meta_json():
    extension = META["provides"]["pg_guardrail"]
    assert {META["name"], *META["provides"]} == {CRATE["name"]}
    assert {META["version"], extension["version"]} == {VERSION}
    assert {META["abstract"], extension["abstract"]} == {CRATE["description"]}
    assert META["maintainer"] == MAINTAINER
    assert META["license"] == CRATE["license"].lower()
    assert META["release_status"] == ("unstable" if CHANGES[0][1] == "unreleased" else "stable")
    for name in (extension["file"], extension["docfile"]):
        assert (ROOT / name).is_file()


def test_the_maintainer_has_an_address():
    assert re.fullmatch(r"[\w ]+ <[\w.-]+@[\w.-]+>", MAINTAINER)


def test_the_control_file():
    control = dict(re.findall(r"^(\w+) = '?(.*?)'?$", read("pg_guardrail.control"), re.MULTILINE))
    assert control["default_version"] == "@CARGO_VERSION@"
    assert control["comment"] == in_a_list(CRATE["description"]).replace(" in PostgreSQL", "")


def test_the_scripts_of_sql():
    """The script of this version has no name yet; updates lead to it from each version before."""
    for version, _ in CHANGES[1:]:
        assert (ROOT / f"sql/pg_guardrail--{version}.sql").is_file()
    assert list((ROOT / "sql").glob(f"pg_guardrail--*--{VERSION}.sql"))


def test_debian():
    entries = re.findall(r"^pg-guardrail \((.*)-1\) unstable; urgency=\w+\n(?:  .*\n|\n)* -- (.*>)  .+$",
                         read("debian/changelog"), re.MULTILINE)  # fmt: skip
    assert entries == [(version, MAINTAINER) for version, _ in CHANGES]
    control = read("debian/control.in")
    assert f"\nMaintainer: {MAINTAINER}\n" in control
    assert f"\nDescription: {in_a_list(CRATE['description'])}\n" in control
    assert re.findall(r"(?:cargo|rustc) \(>= (.*)\)", control) == [CRATE["rust-version"]] * 2
    oldest = min(int(feature[2:]) for feature in features())
    assert read("debian/pgversions") == f"{oldest}+\n"


def features():
    return [name for name in tomllib.loads(read("Cargo.toml"))["features"] if re.fullmatch(r"pg\d+", name)]


def test_the_license():
    _, _, paragraphs = read("LICENSE").partition("authors\n\n")
    copyright_ = read("debian/copyright")
    _, _, text = copyright_.partition(f"License: {CRATE['license']}\n")
    assert textwrap.dedent(text).replace("\n.\n", "\n\n") == paragraphs
    assert f"Upstream-Contact: {MAINTAINER}" in copyright_
    (notice,) = re.findall(r"^Copyright \(c\) (.*), (.*)$", read("LICENSE"), re.MULTILINE)
    assert f"Copyright: {' '.join(notice)}" in copyright_


EXAMPLES = [".github/workflows/example.yml", "docs/examples/gitlab-ci.yml"]

# Where a person reads this version: the names of packages, tags and images.
MENTIONS = {
    r"pg-guardrail_([\d.]+)-1_": ["README.md", "docs/packages.md", *EXAMPLES],
    r"pg_guardrail_\d+-([\d.]+)-1\.": ["README.md", "docs/packages.md"],
    r"pg_guardrail-([\d.]+)\.zip": ["docs/packages.md"],
    r"pg_guardrail-\d+-([\d.]+)-": ["docs/packages.md", "docs/kubernetes.md"],
    r"\b([\d.]+)-18-trixie": ["docs/kubernetes.md", "docs/examples/cloudnativepg.yaml"],
    r"pg_guardrail@v([\d.]+)": ["docs/ci.md"],
    r"(?:download/|download )v([\d.]+)": EXAMPLES,
    r"^ +version: ([\d.]+)": ["docs/examples/cloudnativepg.yaml"],
}


@pytest.mark.parametrize("pattern, files", MENTIONS.items())
def test_what_people_read(pattern, files):
    for name in files:
        assert set(re.findall(pattern, read(name), re.MULTILINE)) == {VERSION}, name


def test_no_other_page_names_a_version():
    """Otherwise it would stay behind: add it above."""
    pages = subprocess.run(["git", "ls-files", "*.md", "*.yml", "*.yaml"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    for name in pages.stdout.split():
        for pattern, files in MENTIONS.items():
            if name not in files:
                assert VERSION not in re.findall(pattern, read(name), re.MULTILINE), name
