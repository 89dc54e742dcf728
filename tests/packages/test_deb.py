"""The Debian package, as somebody who has a bare system meets it: install, create, be refused, update, purge."""

import re
import subprocess

import pytest
from conftest import MAJORS, ROOT, VERSION

RELEASES = [(release, major) for release, major in (("bookworm", "15"), ("trixie", "17"), ("forky", "18")) if major in MAJORS]  # fmt: skip
on_each_release = pytest.mark.parametrize("release, major", RELEASES)

CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REFUSED = "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY, ordered_at timestamp)"


class Server:
    """The cluster that Debian's package of PostgreSQL makes."""

    def __init__(self, system, major):
        self.system, self.major = system, major
        self.start()

    def start(self):
        self.system.run(f"pg_ctlcluster {self.major} main start")

    def psql(self, *statements):
        """Runs statements in one session. Returns psql's status and what it writes."""
        command = "su postgres -c 'psql -X -At -v ON_ERROR_STOP=1'"
        return self.system.try_to(command, "".join(f"{statement};\n" for statement in statements))

    def answer(self, *statements):
        status, output = self.psql(*statements)
        assert status == 0, output
        return output.strip()

    def refusal(self, *statements):
        status, output = self.psql(*statements)
        assert status == 3, output
        return output


def use(server):
    """What the package's description says, and one word more."""
    server.answer("CREATE EXTENSION pg_guardrail",
                  "ALTER DATABASE postgres SET session_preload_libraries = 'pg_guardrail'")  # fmt: skip
    assert server.answer("SHOW guardrail.mode") == "warn"
    assert "WARNING:  column \"ordered_at\"" in server.answer(REFUSED, "DROP TABLE orders")
    server.answer("ALTER DATABASE postgres SET guardrail.mode = 'enforce'")
    assert 'ERROR:  column "ordered_at" of table "public.orders" is of type timestamp' in server.refusal(REFUSED)


@on_each_release
def test_from_a_bare_system_to_a_refused_statement(release, major, deb, start):
    system = start(release)
    package = system.put(deb(major))
    system.run(f"apt-get update && apt-get install --yes {package}")
    assert system.try_to("type -P cc gcc rustc cargo") == (1, ""), "nothing is built there"
    server = Server(system, major)
    assert server.answer("SELECT count(*) FROM pg_extension WHERE extname = 'pg_guardrail'") == "0"
    assert server.answer(REFUSED, "DROP TABLE orders") == "CREATE TABLE\nDROP TABLE", "installing changes no database"
    use(server)
    assert server.answer("SELECT extversion FROM pg_extension WHERE extname = 'pg_guardrail'") == VERSION


@on_each_release
def test_the_commands_of_the_readme(release, major, deb, start):
    """From a bare system to the first refused statement, but for what a system without init does not start itself."""
    (block,) = [block for block in CONSOLE.findall((ROOT / "README.md").read_text()) if "sudo -u postgres psql" in block]
    install, enforce, refused = block.replace("postgresql-15-", f"postgresql-{major}-").splitlines()
    system = start(release)
    system.put(deb(major))
    system.run(f"apt-get update && cd /root && {install.replace('install', 'install --yes', 1)}")
    Server(system, major)
    system.run(enforce)
    status, output = system.try_to(refused)
    assert status == 1
    assert 'ERROR:  column "ordered_at" of table "public.orders" is of type timestamp without time zone' in output


@on_each_release
def test_update_and_purge(release, major, deb, old_deb, start):
    system = start(release)
    system.run(f"apt-get update && apt-get install --yes postgresql-{major}")
    before = system.files()
    system.run(f"apt-get install --yes {system.put(old_deb(major))}")
    server = Server(system, major)
    use(server)
    assert server.answer("SELECT extversion FROM pg_extension WHERE extname = 'pg_guardrail'") == "0.1.0"

    system.run(f"apt-get install --yes {system.put(deb(major))}")
    before_update = server.refusal(REFUSED)
    assert 'ERROR:  column "ordered_at"' in before_update
    assert "HINT:  As a superuser, run: ALTER EXTENSION pg_guardrail UPDATE;" in before_update
    server.answer("ALTER EXTENSION pg_guardrail UPDATE")
    assert server.answer("SELECT extversion FROM pg_extension WHERE extname = 'pg_guardrail'") == VERSION
    assert "ordered_at" in server.refusal(REFUSED)
    assert server.answer("SELECT count(*) FROM guardrail.audit()") == "0"

    server.answer("DROP EXTENSION pg_guardrail", "ALTER DATABASE postgres RESET ALL")
    system.run(f"apt-get purge --yes postgresql-{major}-pg-guardrail")
    left = {path for path in system.files() - before if "guardrail" in path and not path.startswith("root/")}
    assert left == set()
    assert server.answer(REFUSED) == "CREATE TABLE"


@pytest.mark.parametrize("major", MAJORS)
def test_what_is_in_the_package(major, deb):
    def field(name):
        return subprocess.run(["dpkg-deb", "--field", deb(major), name], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()  # fmt: skip

    architecture = subprocess.run(["dpkg", "--print-architecture"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()  # fmt: skip
    assert deb(major).name == f"postgresql-{major}-pg-guardrail_{VERSION}-1_{architecture}.deb"
    needed = [part.split(" ")[0] for part in field("Depends").split(", ")]
    assert sorted(needed) == ["libc6", "libgcc-s1", f"postgresql-{major}"]
    contents = subprocess.run(["dpkg-deb", "--contents", deb(major)], check=True, stdout=subprocess.PIPE, text=True).stdout
    files = {line.split()[-1][1:]: line.split()[0:2] for line in contents.splitlines() if not line.startswith("d")}
    assert {owner for _, owner in files.values()} == {"root/root"}
    assert {mode for mode, _ in files.values()} == {"-rw-r--r--"}
    outside_of_docs = {path for path in files if not path.startswith("/usr/share/doc/")}
    extension = f"/usr/share/postgresql/{major}/extension/pg_guardrail"
    assert outside_of_docs == {
        f"/usr/lib/postgresql/{major}/lib/pg_guardrail.so",
        f"{extension}.control",
        f"{extension}--0.1.0.sql",
        f"{extension}--0.1.0--0.2.0.sql",
        f"{extension}--{VERSION}.sql",
    }
    pages = {str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*") if path.is_file()} | {"README.md"}
    documents = f"/usr/share/doc/postgresql-{major}-pg-guardrail"
    assert {f"{documents}/{page}" for page in pages} <= files.keys(), "the pages link to each other by these names"
    scripts = subprocess.run(["dpkg-deb", "--info", deb(major)], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert not re.search(r"\b(preinst|postinst|prerm|postrm)\b", scripts), "installing runs nothing"
    assert "CREATE EXTENSION pg_guardrail;" in field("Description")
    assert "session_preload_libraries = 'pg_guardrail'" in field("Description")


DEBIAN_TESTS = re.compile(r"^Tests: (.*)\nDepends:\n((?: .*\n)+)", re.MULTILINE)


@on_each_release
def test_the_tests_that_debian_runs_on_a_package(release, major, deb, start):
    """As autopkgtest would run them: with the package, what they need and the source."""
    system = start(release)
    test, needed = DEBIAN_TESTS.search((ROOT / "debian/tests/control").read_text()).groups()
    programs = " ".join(name for name in re.findall(r"[^\s,]+", needed) if name != "@")
    install = f"apt-get install --yes --no-install-recommends {system.put(deb(major))} {programs}"
    system.run(f"apt-get update && {install}")
    source = system.folder / "root/source"
    for name in ("Cargo.toml", "Makefile", "debian", "pgrx-config", "tests/pg_regress"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", ROOT / name, source / name], check=True)
    number = len(list((ROOT / "tests/pg_regress/sql").iterdir()))
    assert f"All {number} tests passed" in system.run(f"cd /root/source && debian/tests/{test}")


def test_the_source_package_after_a_build(deb, tmp_path):
    """Cleaning takes away what a build leaves, which no source package may have."""
    deb(MAJORS[0])  # installs what is needed here
    source = tmp_path / f"pg-guardrail-{VERSION}"
    (source / "target/release").mkdir(parents=True)
    (source / "target/release/libpg_guardrail.rlib").write_bytes(bytes(range(256)))
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    subprocess.run(["tar", "--extract", "--directory", source], input=archive, check=True)
    original = tmp_path / f"pg-guardrail_{VERSION}.orig.tar.gz"
    subprocess.run(["git", "archive", f"--prefix={source.name}/", f"--output={original}", "HEAD"], cwd=ROOT, check=True)
    subprocess.run(["pg_buildext", "updatecontrol"], cwd=source, check=True)
    make_source = ["dpkg-buildpackage", "--build=source", "--no-check-builddeps", "--no-sign"]
    subprocess.run(make_source, cwd=source, check=True)
    (changes,) = tmp_path.glob("*_source.changes")
    subprocess.run(["lintian", "--fail-on", "error,warning", changes], check=True)
