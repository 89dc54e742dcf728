"""PostgreSQL's own suites, run against a server of ours: its regression tests, those of isolation, and contrib's."""

import os
import pathlib
import re
import shutil
import subprocess

# What pg_regress sets for a database that it makes itself. Here it is made from template1, which has the extension.
SETTINGS = (
    "lc_messages = 'C'",
    "lc_monetary = 'C'",
    "lc_numeric = 'C'",
    "lc_time = 'C'",
    "bytea_output = 'hex'",
    "timezone_abbreviations = 'Default'",
)

# What the configuration files of contrib's suites ask for, and those of the others have no need of.
OF_CONTRIB = {
    "wal_level": "logical",
    "max_replication_slots": "4",
    "compute_query_id": "regress",
    "logical_decoding_work_mem": "64kB",
    "autovacuum": "off",
    "archive_mode": "on",
    "archive_library": "basic_archive",
    "basic_archive.archive_directory": ".",
}
PRELOADED = {"contrib": ["pg_stat_statements"]}
SUITES = ("regress", "isolation", "contrib")


def settings(suite):
    """The settings of the server for a suite."""
    usual = {
        "autovacuum": "on",
        "max_connections": "100",
        "max_prepared_transactions": "10",
        "max_wal_senders": "10",
        "shared_buffers": "'128MB'",
        "synchronous_commit": "on",
        "wal_level": "replica",
    }
    return usual | (OF_CONTRIB if suite == "contrib" else {})


class Suites:
    """Runs them against one cluster, through a socket in `through`, and puts the results into `results`."""

    def __init__(self, cluster, source, work, through, results, only=()):
        self.cluster = cluster
        self.source = pathlib.Path(source)
        self.work = work
        self.through = through
        self.results = results
        self.only = only
        self.pgxs = self.pg_config("--pgxs").parents[1]
        self.log = results / "log"

    def pg_config(self, what):
        return pathlib.Path(self.cluster.program("pg_config", what).strip())

    def run(self, suite):
        self.results.mkdir(parents=True, exist_ok=True)
        getattr(self, suite)()

    def fresh_database(self, name):
        with self.cluster.connect("postgres") as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            admin.execute(f"CREATE DATABASE {name} TEMPLATE template1")
            for setting in SETTINGS:
                admin.execute(f"ALTER DATABASE {name} SET {setting}")

    def arguments(self):
        return ["--use-existing", f"--host={self.through}", "--port=5432", "--user=postgres"]

    def call(self, command, folder):
        """Runs a program of the suite. Failures are for those to judge who compare the results."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        with open(self.log, "a") as log:
            subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def regress(self):
        folder = self.source / "src/test/regress"
        self.fresh_database("regression")
        libraries = self.libraries(folder / "regress.c")
        program = self.pgxs / "test/regress/pg_regress"
        tests = self.only or ["--schedule=parallel_schedule"]
        self.call(
            [program, *self.arguments(), f"--bindir={self.cluster.bindir}", "--dbname=regression",
             f"--dlpath={libraries}", "--max-concurrent-tests=20", f"--outputdir={self.work}", *tests],
            folder,
        )  # fmt: skip
        self.keep(self.work, "")

    def libraries(self, program):
        """A folder with the libraries of C functions that the regression tests load."""
        folder = self.work / "libraries"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        headers = self.pg_config("--includedir-server")
        subprocess.run(
            ["cc", "-O1", "-fPIC", "-shared", "-w", f"-I{headers}", "-o", folder / "regress.so", program], check=True
        )
        for name in ("autoinc.so", "refint.so"):
            shutil.copy(self.pg_config("--pkglibdir") / name, folder)
        return folder

    def isolation(self):
        self.fresh_database("isolation_regression")
        program = self.pgxs / "test/isolation/pg_isolation_regress"
        tests = self.only or ["--schedule=isolation_schedule"]
        self.call(
            [program, *self.arguments(), f"--bindir={self.cluster.bindir}", "--dbname=isolation_regression",
             f"--outputdir={self.work}", *tests],
            self.source / "src/test/isolation",
        )  # fmt: skip
        self.keep(self.work, "")

    def contrib(self):
        libraries = self.libraries(self.source / "src/test/regress/regress.c")
        for folder in sorted((self.source / "contrib").iterdir()):
            makefile = folder / "Makefile"
            if makefile.exists() and self.is_installed(folder.name) and (not self.only or folder.name in self.only):
                text = makefile.read_text()
                for kind, database in (("REGRESS", "contrib_regression"), ("ISOLATION", "isolation_regression")):
                    if f"\n{kind} =" in text:
                        loaded = re.findall(rf"^{kind}_OPTS .*--load-extension=(\w+)", text, re.MULTILINE)
                        self.module(folder, kind, database, loaded, libraries)

    def is_installed(self, module):
        extension, library = f"extension/{module}.control", f"{module}.so"
        return (self.pg_config("--sharedir") / extension).exists() or (self.pg_config("--pkglibdir") / library).exists()

    def module(self, folder, kind, database, loaded, libraries):
        """One module's tests of one kind; pgxs knows which. What its options ask for is done here, as pg_regress does it
        for no database that exists already."""
        self.fresh_database(database)
        with self.cluster.connect(database) as admin:
            for extension in loaded:
                admin.execute(f"CREATE EXTENSION {extension}")
        other = "ISOLATION" if kind == "REGRESS" else "REGRESS"
        shutil.rmtree(folder / "results", ignore_errors=True)
        shutil.rmtree(folder / "output_iso", ignore_errors=True)
        self.call(
            ["make", "--ignore-errors", "USE_PGXS=1", f"PG_CONFIG={self.cluster.bindir}/pg_config", "NO_INSTALLCHECK=",
             f"EXTRA_REGRESS_OPTS={' '.join(self.arguments())}",
             f"{kind}_OPTS=--dbname={database} --dlpath={libraries}", f"{other}=", "installcheck"],
            folder,
        )  # fmt: skip
        self.keep(folder, f"{folder.name}/")
        self.keep(folder / "output_iso", f"{folder.name}/")

    def keep(self, folder, name):
        for file in sorted((folder / "results").rglob("*.out")):
            place = self.results / f"{name}{file.name}"
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, place)
        for file in folder.glob("regression.diffs"):
            with open(self.results / "regression.diffs", "a") as diffs:
                diffs.write(file.read_text(errors="replace"))
