"""The scripts that prepare, build and install: what a person sees while they run, and what they say is missing."""

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import termios

import pytest
from server import ROOT

VERSION = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
CONTROL = re.compile(r"\x1b\[K")


def on_terminal(command, columns, term="xterm"):
    """Runs a shell command on a terminal of this width. Returns what it writes, split wherever a line begins anew."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        ["bash", "-c", command], stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=environment | {"TERM": term}
    )
    os.close(theirs)
    written = b""
    while data := read(ours):
        written += data
    os.close(ours)
    assert process.wait() == 0, written
    return re.split(r"[\r\n]+", CONTROL.sub("", written.decode()))


def read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when nobody has the terminal open any more.
        return b""


def step(title, output, seconds=2):
    return f". pgrx-config/common.sh; write() {{ printf '{output}'; sleep {seconds}; }}; step '{title}' write"


@pytest.mark.parametrize("columns", [20, 40, 80, 132])
def test_progress_is_as_wide_as_the_terminal(columns):
    lines = on_terminal(step("Installing 73 Debian packages", "Unpacking " + "x" * 200), columns)
    assert max(map(len, lines)) <= columns
    if columns > 40:
        assert max(map(len, lines)) > columns - 5, lines


@pytest.mark.parametrize("output", [r"Unpacking gcc ...\r\n", r"Unpacking gcc ...\n\n", r"\tUnpacking gcc ...\r"])
def test_progress_shows_the_last_words(output):
    lines = on_terminal(step("Installing", output), 80)
    assert any("Unpacking gcc ..." in line for line in lines), lines


def test_progress_is_never_blank():
    lines = [line for line in on_terminal(step("Installing", r"\r\n"), 80) if line]
    assert all(re.search(r"Installing +\d+ s(  starting)?$", line) for line in lines), lines
    assert any("starting" in line for line in lines)


def test_a_terminal_without_control_sequences_gets_none():
    written = on_terminal(step("Installing", "Unpacking"), 80, term="dumb")
    assert [line.split() for line in written if line] == [["Installing", "2", "s"]]


class Checkout:
    """A copy of what `make install` needs, with a cargo that only notes for which pg_config it was called."""

    CARGO = """#!/bin/bash
mkdir -p target/release
touch target/release/libpg_guardrail.so
echo "$PGRX_PG_CONFIG_PATH" >>built-for.txt
"""
    RUSTC = """#!/bin/bash
echo 'rustc {version} (abc 2026-01-01)'
"""

    def __init__(self, folder, pg_config):
        self.folder = folder / "checkout"
        self.programs = folder / "programs"
        self.stage = folder / "stage"
        self.pg_config = pg_config
        for name in ("pgrx-config", "sql"):
            shutil.copytree(ROOT / name, self.folder / name)
        for name in ("Cargo.toml", "Cargo.lock", "Makefile", "pg_guardrail.control"):
            shutil.copy(ROOT / name, self.folder)
        for name in ("src", "templates"):
            (self.folder / name).mkdir()
        self.programs.mkdir()
        self.add_program("cargo", self.CARGO)
        self.add_program("rustc", self.RUSTC.format(version="1.999.0"))
        self.add_program("rustfmt", "#!/bin/sh\n")

    def add_program(self, name, text):
        path = self.programs / name
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def leave_out(self, *names):
        """Has all programs of the machine on PATH, except these."""
        for program in os.scandir("/usr/bin"):
            path = self.programs / program.name
            if program.name not in names and not path.exists():
                path.symlink_to(program.path)
        return {"PATH": str(self.programs)}

    def install(self, *arguments, **environment):
        """Returns the status, what was written, and the pg_config of each build so far."""
        return self.run(self.folder / "pgrx-config" / "install.sh", *arguments, **environment)

    def make(self, *goals, **environment):
        """The same for make."""
        return self.run("make", *goals, **environment)

    def run(self, *command, **environment):
        path = f"{self.programs}:{os.environ['PATH']}"
        names = {"PATH": path, "PG_CONFIG": str(self.pg_config), "DESTDIR": str(self.stage)} | environment
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=os.environ | names,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        built_for = self.folder / "built-for.txt"
        return done.returncode, done.stdout, built_for.read_text().split() if built_for.exists() else []


@pytest.fixture
def checkout(bindir, tmp_path):
    return Checkout(tmp_path, bindir / "pg_config")


def test_install_says_what_is_where_and_what_to_do_next(checkout):
    status, output, _ = checkout.install()
    assert status == 0, output
    where = re.findall(rf"^  ({checkout.stage}/.*)$", output, re.MULTILINE)
    assert sorted(where) == sorted(str(path) for path in checkout.stage.rglob("*") if path.is_file())
    assert [path.rpartition("/")[2] for path in where] == [
        "pg_guardrail.so",
        "pg_guardrail.control",
        *sorted({f"pg_guardrail--{VERSION}.sql", *(path.name for path in (ROOT / "sql").glob("pg_guardrail--*.sql"))}),
    ]
    for path in (ROOT / "sql").glob("pg_guardrail*.sql"):
        name = path.name if "--" in path.name else f"pg_guardrail--{VERSION}.sql"
        (installed,) = checkout.stage.rglob(name)
        assert installed.read_bytes() == path.read_bytes(), name
    assert "CREATE EXTENSION pg_guardrail;" in output
    assert "shared_preload_libraries = 'pg_guardrail'" in output
    assert "CREATE EXTENSION" not in checkout.install("--brief")[1]
    checkout.install("--uninstall")
    assert [path for path in checkout.stage.rglob("*") if path.is_file()] == []


def installed(checkout):
    return [path for path in checkout.stage.rglob("*") if path.is_file()]


def test_make_builds_and_make_install_copies(checkout):
    status, output, built_for = checkout.make()
    assert (status, built_for) == (0, [str(checkout.pg_config)]), output
    assert installed(checkout) == []
    status, output, _ = checkout.make("install")
    assert status == 0, output
    assert installed(checkout)
    checkout.make("clean")
    assert not (checkout.folder / "target/release/libpg_guardrail.so").exists()


def test_make_tells_what_there_is_where_it_can_build_nothing(checkout):
    without_pg_config = checkout.leave_out("pg_config") | {"PG_CONFIG": ""}
    status, output, built_for = checkout.make(**without_pg_config)
    assert (status, built_for) == (0, [])
    assert "make install " in output
    assert "Nothing was built: there is no pg_config on PATH" in output
    assert checkout.make("all", **without_pg_config)[0] != 0, "who asks for it, gets an error"


def test_root_installs_what_somebody_else_has_built(checkout, tmp_path):
    """`make && sudo make install`, where root has no Rust."""
    without_cargo = checkout.leave_out("cargo", "rustc", "pg_config")
    (tmp_path / "rust").mkdir()
    for name in ("cargo", "rustc"):
        (checkout.programs / name).rename(tmp_path / "rust" / name)
    with_cargo = {"PATH": f"{tmp_path}/rust:{checkout.programs}"}

    status, output, _ = checkout.make("install", **without_cargo)
    assert status != 0
    assert "cargo is not on PATH" in output, "nothing is built yet"
    checkout.make(**with_cargo)
    status, output, built_for = checkout.make("install", **without_cargo)
    assert status == 0, output
    assert len(built_for) == 1
    assert installed(checkout)

    (checkout.folder / "src/lib.rs").touch()
    assert "cargo is not on PATH" in checkout.make("install", **without_cargo)[1], "what is built is older"
    checkout.make(**with_cargo)
    other = checkout.add_program("other", f'#!/bin/sh\n[ "$1" = --bindir ] && echo / || exec "{checkout.pg_config}" "$@"\n')
    assert "cargo is not on PATH" in checkout.make("install", **without_cargo | {"PG_CONFIG": str(other)})[1]


def test_a_checkout_in_a_folder_with_a_blank(bindir, tmp_path):
    """The compiler gets each argument in one piece, and those of the caller first."""
    checkout = Checkout(tmp_path / "my projects", bindir / "pg_config")
    checkout.add_program("cargo", checkout.CARGO + "tr '\\037' '\\n' <<<\"${CARGO_ENCODED_RUSTFLAGS:-}\" >arguments.txt\n")
    status, output, _ = checkout.install(RUSTFLAGS="-C opt-level=1")
    assert status == 0, output
    first, second, *remapped = (checkout.folder / "arguments.txt").read_text().splitlines()
    assert [first, second] == ["-C", "opt-level=1"]
    assert f"--remap-path-prefix={checkout.folder}=pg_guardrail" in remapped
    assert all(re.fullmatch("--remap-path-prefix=.+=.+", argument) for argument in remapped)


def test_a_library_that_is_built_already(checkout, tmp_path):
    (tmp_path / "built.so").write_bytes(b"built elsewhere")
    status, output, built_for = checkout.install(LIBRARY=str(tmp_path / "built.so"))
    assert (status, built_for) == (0, []), output
    (library,) = checkout.stage.rglob("pg_guardrail.so")
    assert library.read_bytes() == b"built elsewhere"


def test_a_server_is_built_for_under_one_path(checkout, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(checkout.pg_config.parent.parent)
    wrapper = checkout.add_program("pg_config", f'#!/bin/sh\nexec "{checkout.pg_config}" "$@"\n')
    checkout.install()
    checkout.install(PG_CONFIG=str(link / "bin" / "pg_config"))
    checkout.install(PG_CONFIG=str(wrapper))
    *_, built_for = checkout.install(PG_CONFIG="")
    assert built_for == [str(checkout.pg_config.resolve())] * 4


def test_install_names_what_is_missing_before_it_builds(checkout, tmp_path):
    without_cc = checkout.leave_out("cc", "pg_config")
    status, output, built_for = checkout.install(**without_cc)
    assert (status, built_for) == (1, [])
    assert re.search(r"apt-get install .*\bgcc\b", output)

    status, output, built_for = checkout.install(**without_cc | {"PG_CONFIG": ""})
    assert (status, built_for) == (1, [])
    assert re.search(r"apt-get install postgresql-server-dev-NN .*\bgcc\b", output)

    status, output, built_for = checkout.install(PG_CONFIG=str(tmp_path / "none"))
    assert (status, built_for) == (1, [])
    assert f"no such program: PG_CONFIG={tmp_path}/none" in output

    headers = tmp_path / "none"
    text = f'#!/bin/sh\n[ "$1" = --includedir-server ] && echo {headers} || exec "{checkout.pg_config}" "$@"\n'
    # With a --bindir that has no pg_config, as Debian's libpq-dev has it.
    text = text.replace("exec", f'[ "$1" = --bindir ] && echo {headers} || exec')
    client_only = checkout.add_program("pg_config_of_libpq_dev", text)
    status, output, built_for = checkout.install(PG_CONFIG=str(client_only))
    assert (status, built_for) == (1, [])
    assert re.search(r"apt-get install postgresql-server-dev-\d+", output)


def test_install_asks_for_a_rust_that_is_new_enough(checkout):
    checkout.add_program("rustc", Checkout.RUSTC.format(version="1.63.0"))
    status, output, built_for = checkout.install()
    assert (status, built_for) == (1, [])
    assert re.search(r"this is Rust 1\.63\.0, and 1\.\d+ or newer is needed", output)

    checkout.add_program("rustc", "#!/bin/sh\necho 'error: no default toolchain is configured' >&2\nexit 1\n")
    status, output, _ = checkout.install()
    assert status == 1
    assert "rustc does not run: error: no default toolchain is configured" in output

    (checkout.programs / "rustc").unlink()
    without_rust = checkout.leave_out("rustc", "rustfmt")
    status, output, _ = checkout.install(**without_rust)
    assert status == 1
    assert "cargo is not on PATH: install Rust" in output
    assert "run make without sudo" in checkout.install(SUDO_USER="jane", **without_rust)[1]

    checkout.add_program("rustc", Checkout.RUSTC.format(version="1.999.0"))
    checkout.add_program("rustfmt", "#!/bin/sh\nexit 1\n")
    status, output, built_for = checkout.install()
    assert (status, built_for) == (1, [])
    assert "the build needs rustfmt" in output


def test_what_goes_to_another_machine_belongs_to_root(checkout, tmp_path):
    """There, the number of whoever has built it may be somebody else's, who could change the library."""
    checkout.install()
    if os.getuid() == 0:
        subprocess.run(["chown", "--recursive", "12345:12345", checkout.stage], check=True)
    (command,) = re.findall(r"^tar .* -czf .*$", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    subprocess.run(["bash", "-c", command.replace("/tmp/stage", str(checkout.stage))], cwd=tmp_path, check=True)
    listed = subprocess.run(
        ["tar", "-tvzf", "pg_guardrail.tar.gz"], cwd=tmp_path, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.splitlines()
    assert {line.split()[1] for line in listed} == {"root/root"}


@pytest.mark.parametrize("kind", ["deb", "rpm", "oci"])
def test_packages_are_installed_for_something_that_can_be_made(checkout, kind, tmp_path):
    shutil.copytree(ROOT / "packaging", checkout.folder / "packaging")
    (checkout.folder / "pgrx-config/system-packages.sh").write_text("#!/bin/sh\necho installing packages\nexit 1\n")
    assert "installing packages" in checkout.make(kind, PG="18")[1]
    for versions, reason in (("99", '"99"'), ("abc", '"abc"'), ("18 abc", '"abc"'), ("", f"make {kind} PG=")):
        status, output, _ = checkout.make(kind, PG=versions)
        assert status != 0
        assert reason in output
        assert "installing packages" not in output
    status, output, _ = checkout.make(kind, PG="18", PATH="/usr/bin:/bin")
    assert "cargo is not on PATH" in output
    assert "installing packages" not in output

    checkout.folder = checkout.folder.rename(tmp_path / "my checkout")
    if kind != "oci":
        assert f"needs a folder without spaces in its path: {checkout.folder}" in checkout.make(kind, PG="18")[1]


def test_uninstall_without_a_server_asks_for_no_compiler(checkout):
    status, output, _ = checkout.install("--uninstall", **checkout.leave_out("pg_config"), PG_CONFIG="")
    assert status == 1
    assert "make uninstall PG_CONFIG=/path/to/pg_config" in output
    assert "apt-get" not in output
