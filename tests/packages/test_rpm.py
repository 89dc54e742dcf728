"""The rpm: what is in it, which system it needs, and what becomes of it in a root that has a server."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest
import trial

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "target/packages"
MAJOR = os.environ.get("PG", "18").split()[0]
NAME = f"pg_guardrail_{MAJOR}"
SERVER = f"/usr/pgsql-{MAJOR}"
URL = "https://example.org/pg_guardrail"

# What the C library of Red Hat 9 has (2.34) and that of Red Hat 8 has not (2.28).
GLIBC = (2, 34)

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="rpm --root is for root")


def run(*command, **environment):
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=os.environ | environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(release):
    """The path of the package, of which the script prints one for each major version."""
    made = run("packaging/rpm.sh", MAJOR, RELEASE=release, PROJECT_URL=URL).split()
    assert len(made) == 1, made
    return pathlib.Path(made[0])


@pytest.fixture(scope="module")
def lower(tmp_path_factory):
    """An earlier package of the same version. A newer one takes its place, so it is put aside."""
    return pathlib.Path(shutil.move(build("0.1"), tmp_path_factory.mktemp("lower")))


@pytest.fixture(scope="module")
def package(lower):
    built = build("1")
    assert list(PACKAGES.glob(f"{NAME}-*")) == [built], "nobody finds the older one"
    return built


def query(package, *options):
    return run("rpm", "-qp", *options, str(package)).splitlines()


def test_it_bears_the_names_of_the_postgresql_projects_packages(package):
    fields = "%{NAME}|%{VERSION}|%{RELEASE}|%{SUMMARY}|%{LICENSE}|%{URL}"
    name, version, release, summary, licence, url = query(package, "--qf", fields)[0].split("|")
    dist = run("rpm", "-E", "%{?dist}").strip()
    assert (name, release) == (NAME, f"1{dist}")
    assert version == trial.crate_field("version")
    assert summary == trial.crate_field("description")
    assert licence == trial.crate_field("license")
    assert url == URL
    assert package == PACKAGES / f"{name}-{version}-{release}.{run('rpm', '-E', '%{_target_cpu}').strip()}.rpm"


def test_every_release_is_in_its_changelog(package):
    entries = [line for line in query(package, "--changelog") if line.startswith("* ")]
    released = re.findall(r"^## ([0-9.]+) ", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert [entry.split()[-1] for entry in entries] == [f"{version}-1" for version in released]
    bullets = [line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("- ")]
    assert [line for line in query(package, "--changelog") if line.startswith("- ")] == bullets


def test_its_files_belong_to_root_and_lie_where_the_server_looks(package):
    listed = query(package, "--qf", "[%{FILEMODES:perms} %{FILEUSERNAME} %{FILEGROUPNAME} %{FILENAMES}\n]")
    documents, licences = f"/usr/share/doc/{NAME}", f"/usr/share/licenses/{NAME}"
    scripts = [f"{SERVER}/share/extension/{name}" for name in trial.scripts()]
    pages = [ROOT / "docs", *(ROOT / "docs").rglob("*")]
    folders = [f"{documents}/{path.relative_to(ROOT)}" for path in pages if path.is_dir()]
    plain = [
        f"{SERVER}/share/extension/pg_guardrail.control",
        *scripts,
        *(f"{documents}/{name}" for name in ("CHANGELOG.md", "README.md")),
        *(f"{documents}/{path.relative_to(ROOT)}" for path in pages if path.is_file()),
        *(f"{licences}/{name}" for name in ("LICENSE", "THIRD-PARTY")),
    ]
    assert sorted(listed) == sorted(
        [f"-rwxr-xr-x root root {SERVER}/lib/pg_guardrail.so"]
        + [f"drwxr-xr-x root root {folder}" for folder in (documents, licences, *folders)]
        + [f"-rw-r--r-- root root {path}" for path in plain]
    )


def test_installing_runs_nothing(package):
    assert query(package, "--scripts", "--triggers") == []


def test_it_needs_the_server_and_no_newer_system_than_red_hat_9(package):
    needs = [line for line in query(package, "--requires") if not line.startswith("rpmlib(")]
    others = [line for line in needs if not re.match(r"(libc|libgcc_s|ld-linux[-\w]*)\.so\.|rtld\(", line)]
    assert others == [f"postgresql{MAJOR}-server"]
    versions = [tuple(map(int, found.split("."))) for found in re.findall(r"\(GLIBC_([0-9.]+)\)", "\n".join(needs))]
    assert versions and max(versions) <= GLIBC
    assert {line.split(" = ")[0].split("(")[0] for line in query(package, "--provides")} == {NAME}


def test_rpmlint_finds_nothing(package):
    said = run("rpmlint", "--config", "packaging/rpm/rpmlint.toml", str(package))
    assert "0 errors, 0 warnings" in said, said


def unpack(package, folder):
    run("rpm", "--root", str(folder), "-i", "--nodeps", str(package))


@needs_root
def test_the_library_is_stripped(package, tmp_path):
    unpack(package, tmp_path)
    sections = run("readelf", "--sections", "--wide", str(tmp_path / SERVER[1:] / "lib/pg_guardrail.so"))
    assert ".text" in sections
    assert ".symtab" not in sections and ".debug" not in sections


def test_the_same_tree_gives_the_same_package(package):
    before = package.read_bytes()
    assert build("1").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        ([], {}, "error: make rpm needs the major version of PostgreSQL: make rpm PG=18"),
        (["12"], {}, 'error: the extension does not support PostgreSQL "12"'),
        (["18", "x"], {}, 'error: the extension does not support PostgreSQL "x"'),
        (["18"], {"RELEASE": "one"}, 'error: RELEASE must be a number such as 1: "one"'),
    ],
)
def test_bad_arguments_are_named(arguments, environment, message):
    done = subprocess.run(
        [ROOT / "packaging/rpm.sh", *arguments], capture_output=True, text=True, env=os.environ | environment
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [message]


@pytest.fixture(scope="module")
def host(package, tmp_path_factory):
    """A root that has the relocatable server in the place of the PostgreSQL project's, and rpm's database.

    A stand-in package provides what the server's and the system's would: the C library has the versions of Red Hat 9
    and no newer ones.
    """
    folder = tmp_path_factory.mktemp("rpm-host")
    root = folder / "root"
    for folder_of_the_system in ("doc", "licenses"):
        (root / "usr/share" / folder_of_the_system).mkdir(parents=True)
    trial.copy_server(MAJOR, root / SERVER[1:])
    wanted = [line.split(" ")[0] for line in query(package, "--requires") if not line.startswith("rpmlib(")]
    glibc = re.compile(r"\(GLIBC_([0-9.]+)\)")
    provided = [
        name for name in wanted
        if not (found := glibc.search(name)) or tuple(map(int, found[1].split("."))) <= GLIBC
    ]
    spec = folder / "system.spec"
    spec.write_text(
        "Name: system\nVersion: 1\nRelease: 1\nSummary: stand-in\nLicense: none\nBuildArch: noarch\n"
        + "".join(f"Provides: {name}\n" for name in provided)
        + "%description\nstand-in\n%files\n"
    )
    run("rpmbuild", "-bb", "--define", f"_topdir {folder}", "--define", f"_rpmdir {folder}", str(spec))
    return Host(root, next(folder.glob("noarch/*.rpm")))


class Host:
    def __init__(self, root, system):
        self.root, self.system = root, system

    def rpm(self, *arguments):
        command = ["rpm", "--root", str(self.root), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True)

    def change(self, *arguments):
        done = self.rpm(*arguments)
        assert done.returncode == 0, done.stderr
        return done

    def files(self):
        found = self.root.rglob("*")
        return {str(path.relative_to(self.root)) for path in found if "lib/rpm" not in str(path.parent)}

    def installed(self):
        return self.rpm("-q", NAME).stdout.strip()


@needs_root
def test_a_server_has_it_until_it_is_erased(host, package, lower):
    """Installed, upgraded, used and erased, in this order."""
    refused = host.rpm("-i", package)
    assert refused.returncode != 0
    assert f"postgresql{MAJOR}-server is needed by {NAME}" in refused.stderr
    host.change("-i", host.system)
    before = host.files()

    host.change("-i", lower)
    assert host.installed() == lower.name.removesuffix(".rpm")
    library = host.root / SERVER[1:] / "lib/pg_guardrail.so"
    inode = library.stat().st_ino

    with trial.Server(host.root / SERVER[1:]) as server:
        server.create_older_extension()
        host.change("-U", package)
        assert host.installed() == package.name.removesuffix(".rpm")
        assert library.stat().st_ino != inode, "sessions that have the library loaded need the old file"
        server.update_extension()
        server.expect_refusal()
    assert host.change("-V", NAME).stdout == ""

    host.change("-e", NAME)
    assert host.files() == before
    with trial.Server(host.root / SERVER[1:]) as server:
        assert not server.knows_extension()
    shutil.rmtree(host.root)
