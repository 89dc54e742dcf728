"""The packages are made once, by the commands that make them for everybody."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from chroot import ROOT, System  # noqa: E402

VERSION = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
PACKAGES = Path(os.environ["PACKAGES"]).resolve() if "PACKAGES" in os.environ else None


def major_versions():
    """Those of PG, or else of the packages that there are, or else of the releases of Debian."""
    found = [path.name.split("-")[1] for path in PACKAGES.glob("postgresql-*-pg-guardrail_*.deb")] if PACKAGES else []
    return os.environ.get("PG", " ".join(sorted(found)) or "15 17 18").split()


MAJORS = major_versions()


def make(target, folder=ROOT, **arguments):
    """Runs make in a folder with these arguments. Returns the paths that it prints."""
    command = ["make", "--silent", target, *(f"{name}={value}" for name, value in arguments.items())]
    done = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    return [Path(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="session")
def deb():
    """Makes the package for a major version of PostgreSQL, or takes that in the folder PACKAGES."""
    made = {}

    def make_once(major):
        if major not in made and PACKAGES:
            (made[major],) = PACKAGES.glob(f"postgresql-{major}-pg-guardrail_*.deb")
        elif major not in made:
            (made[major],) = make("deb", PG=major)
        return made[major]

    return make_once


@pytest.fixture(scope="session")
def old_deb():
    """Makes the package of version 0.1.0: its source, packaged as today."""
    made = {}

    def make_once(major):
        if major not in made:
            (made[major],) = make("deb", checkout_of_0_1_0(), PG=major)
        return made[major]

    return make_once


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout


def checkout_of_0_1_0():
    """A copy of the last source of version 0.1.0, with the packaging of today, whose libraries are built already."""
    folder = ROOT / "target" / "0.1.0"
    if folder.exists():
        return folder
    first_of_next = git("log", "--format=%H", '-Sversion = "0.2.0"', "--", "Cargo.toml").decode().split()[-1]
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    subprocess.run(["tar", "--extract", "--directory", part], input=git("archive", f"{first_of_next}^"), check=True)
    for name in ("Makefile", "pgrx-config", "packaging", "debian"):
        shutil.rmtree(part / name) if (part / name).is_dir() else (part / name).unlink(missing_ok=True)
        subprocess.run(["cp", "-a", ROOT / name, part], check=True)
    changelog = part / "debian" / "changelog"
    _, first_line, entry = changelog.read_text().partition("pg-guardrail (0.1.0-1)")
    # There is one before it, since lintian expects the first entry of all to close a bug of Debian.
    earlier = (first_line + entry).replace("0.1.0", "0.0.0").replace("Fri, 27 Nov", "Thu, 26 Nov")
    changelog.write_text(f"{first_line}{entry}\n{earlier}")
    manifest = part / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace('lto = "thin"', 'lto = "thin"\nstrip = true'))
    (part / "target").mkdir()
    for name in ("pgrx", "postgresql", "venv"):
        if (ROOT / "target" / name).exists():
            (part / "target" / name).symlink_to(ROOT / "target" / name)
    if (ROOT / "target" / "release").exists():
        subprocess.run(["cp", "-a", ROOT / "target" / "release", part / "target"], check=True)
    part.rename(folder)
    return folder


@pytest.fixture
def start():
    """Starts a bare system of a release of Debian."""
    running = []

    def started(release):
        running.append(System(release))
        return running[-1]

    yield started
    for system in running:
        system.__exit__()
