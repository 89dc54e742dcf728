"""The scripts that a release is made with. They run in a copy of the checkout that a test may change."""

import os
import re
import shutil
import subprocess

import pytest
from server import ROOT

CHANGELOG = """# Changelog

## 1.10.0 (2026-12-01)

- Added `a` and "b"

### Notes

- \\n is no line break, & neither

## 1.1.0 (2026-11-27)

- Added c
"""


class Checkout:
    def __init__(self, folder):
        self.folder = folder / "checkout"
        self.programs = folder / "programs"
        self.programs.mkdir()
        for name in ("packaging", "pgrx-config"):
            shutil.copytree(ROOT / name, self.folder / name)
        self.version("1.10.0")
        self.changelog(CHANGELOG)

    def version(self, version):
        text = (ROOT / "Cargo.toml").read_text()
        (self.folder / "Cargo.toml").write_text(re.sub(r'(?m)^version = ".*"', f'version = "{version}"', text))

    def changelog(self, text):
        (self.folder / "CHANGELOG.md").write_text(text)

    def program(self, name, script):
        path = self.programs / name
        path.write_text(f"#!/bin/bash\n{script}\n")
        path.chmod(0o755)

    def run(self, name, *arguments, cwd=None):
        environment = os.environ | {"PATH": f"{self.programs}:/usr/bin:/bin"}
        return subprocess.run(
            [self.folder / name, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=60
        )

    def refuse(self, name, *arguments):
        """Runs a script, which refuses. Returns its message."""
        done = self.run(name, *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("error: ")
        return done.stderr

    def accept(self, name, *arguments):
        done = self.run(name, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


def test_the_notes_are_those_of_the_version(checkout):
    notes = '- Added `a` and "b"\n\n### Notes\n\n- \\n is no line break, & neither\n'
    assert checkout.accept("packaging/release-notes.sh") == notes
    assert checkout.accept("packaging/release-notes.sh", "1.10.0") == notes
    assert checkout.accept("packaging/release-notes.sh", "1.1.0") == "- Added c\n"


@pytest.mark.parametrize("version", ["1.1", "1.10", "1", ".*", "1.1.0 (2026-11-27)x", "-x", "$(touch evil)", "2.0.0"])
def test_a_version_without_notes(checkout, version):
    assert "CHANGELOG.md says nothing about the version" in checkout.refuse("packaging/release-notes.sh", version)


def test_empty_notes(checkout):
    checkout.changelog("## 1.10.0 (2026-12-01)\n\n\n## 1.1.0 (2026-11-27)\n\n- x\n")
    assert "says nothing about the version 1.10.0" in checkout.refuse("packaging/release-notes.sh")
    assert "says nothing about the version 1.10.0" in checkout.refuse("packaging/check-tag.sh", "v1.10.0")


def test_a_tag(checkout):
    assert checkout.accept("packaging/check-tag.sh", "v1.10.0") == ""
    for tag in ("v1.10", "1.10.0", "v1.1.0", "v1.10.0-rc1", "v1x10.0", "", "$(touch evil)", "v1.10.0\nv1.10.0"):
        message = checkout.refuse("packaging/check-tag.sh", tag)
        assert "is not v1.10.0, after the version in Cargo.toml" in message
        assert len(message.splitlines()) == 1
    assert "usage: check-tag.sh TAG" in checkout.refuse("packaging/check-tag.sh")


@pytest.mark.parametrize("day", ["(unreleased)", "2026-12-01", "(2026-13-01)", "(2026-02-30)", ""])
def test_a_tag_before_the_changelog_has_the_day(checkout, day):
    checkout.changelog(CHANGELOG.replace("1.10.0 (2026-12-01)", f"1.10.0 {day}"))
    message = checkout.refuse("packaging/check-tag.sh", "v1.10.0")
    assert "CHANGELOG.md has no day of the release" in message
    assert 'write "## 1.10.0 (2' in message


def test_a_tag_that_the_changelog_does_not_know(checkout):
    checkout.version("1.2.0")
    assert 'CHANGELOG.md has no chapter "## 1.2.0 (day)"' in checkout.refuse("packaging/check-tag.sh", "v1.2.0")


def test_this_changelog_has_notes_for_this_version():
    done = subprocess.run([ROOT / "packaging" / "release-notes.sh"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("- ")


def test_the_sums_of_the_packages(checkout):
    packages = checkout.folder / "target" / "packages"
    packages.mkdir(parents=True)
    for name in ("a.deb", "b c.rpm", "-d.zip", "SHA256SUMS"):
        (packages / name).write_text(name)
    for _ in range(2):
        checkout.accept("packaging/checksums.sh")
        sums = (packages / "SHA256SUMS").read_text().splitlines()
        assert [line[66:] for line in sums] == sorted(["-d.zip", "a.deb", "b c.rpm"])
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=packages, check=True, capture_output=True)
    elsewhere = checkout.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "x.deb").write_text("x")
    assert checkout.run("packaging/checksums.sh", "elsewhere", cwd=checkout.folder).returncode == 0
    assert (elsewhere / "SHA256SUMS").read_text().endswith("  x.deb\n")


def test_packages_that_are_none(checkout):
    folder = checkout.folder / "target" / "packages"
    assert f"no such folder: {folder}" in checkout.refuse("packaging/checksums.sh")
    folder.mkdir(parents=True)
    assert f"there are no packages in {folder}" in checkout.refuse("packaging/checksums.sh")
    (folder / "a.deb").touch()
    assert f"this package is empty: {folder}/a.deb" in checkout.refuse("packaging/checksums.sh")
    (folder / "a.deb").unlink()
    (folder / "b").mkdir()
    assert f"this is no package: {folder}/b" in checkout.refuse("packaging/checksums.sh")


def test_whether_the_tests_have_passed(checkout):
    commit = "0123456789abcdef0123456789abcdef01234567"
    checkout.program("gh", 'echo "$*" >"$(dirname "$0")/asked"; echo 1')
    assert checkout.accept("packaging/check-tested.sh", commit) == ""
    asked = (checkout.programs / "asked").read_text()
    # A fork may call its branch main, but does not push here.
    assert f"--workflow test.yml --commit {commit} --branch main --event push --status success" in asked
    checkout.program("gh", "echo 0")
    assert f"the tests have not passed for {commit}" in checkout.refuse("packaging/check-tested.sh", commit)
    checkout.program("gh", "exit 4")
    assert "GitHub does not tell" in checkout.refuse("packaging/check-tested.sh", commit)
    for wrong in ("", "main", commit[:10]):
        assert "usage: check-tested.sh COMMIT" in checkout.refuse("packaging/check-tested.sh", wrong)


def test_rust_is_installed_where_it_is_too_old(checkout):
    log = checkout.programs / "log"
    checkout.program("cargo", "")
    checkout.program("rustup", f'echo "$*" >>{log}')
    checkout.program("rustc", "echo 'rustc 1.999.0 (abc 2026-01-01)'")
    checkout.accept("pgrx-config/get-rust.sh")
    assert not log.exists()
    checkout.program("rustc", "echo 'rustc 1.0.0 (abc 2015-05-15)'")
    checkout.accept("pgrx-config/get-rust.sh")
    here = re.escape(str(checkout.folder))
    assert re.fullmatch(
        rf"toolchain install (1\.\d+) --profile minimal --component clippy,rustfmt\noverride set \1 --path {here}\n",
        log.read_text(),
    ), "the caller's own Rust stays the same elsewhere"
    (checkout.programs / "rustup").unlink()
    assert "or newer is needed" in checkout.refuse("pgrx-config/get-rust.sh")


@pytest.mark.parametrize("major", ["", "x", "18;touch evil", "18 17"])
def test_headers_of_no_version(checkout, major):
    assert "usage: pgdg.sh NN" in checkout.refuse("packaging/pgdg.sh", major)
