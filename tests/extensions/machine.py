"""A system of Debian that has a server with many extensions of its packages, and with pg_guardrail."""

import contextlib
import pathlib
import shutil
import sys
import tempfile

import psycopg

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/packages"))

from chroot import System  # noqa: E402

RELEASES = {"15": "bookworm", "17": "trixie", "18": "forky"}
EXTENSIONS = ("partman", "repack", "cron", "hypopg", "pgaudit", "postgis-3", "pglogical", "pgtap", "orafce")
SETTINGS = {
    "cron.database_name": "shop",
    "cron.host": "/srv/sockets",
    "fsync": "off",
    "listen_addresses": "",
    "max_replication_slots": "10",
    "max_wal_senders": "10",
    "max_worker_processes": "20",
    "shared_preload_libraries": "pg_guardrail,pg_cron,pgaudit,pglogical",
    "track_commit_timestamp": "on",
    "unix_socket_directories": "/srv/sockets",
    "wal_level": "logical",
}


class Machine:
    """The server, its databases, and what runs beside it."""

    def __init__(self, major, bindir):
        self.major = major
        packages = [f"postgresql-{major}", *(f"postgresql-{major}-{name}" for name in EXTENSIONS)]
        self.system = System(RELEASES[major], f"extensions-{major}", packages)
        self.bin = f"/usr/lib/postgresql/{major}/bin"
        self.install(pathlib.Path(bindir))
        # The path of a socket may have about a hundred characters.
        self.short = pathlib.Path(tempfile.mkdtemp(prefix="pgg-"))
        self.sockets = self.short / "s"
        self.sockets.symlink_to(self.system.folder / "srv/sockets")
        self.audited = None
        self.start()

    def install(self, bindir):
        """The release build of the extension that is in the relocatable server of the same major version."""
        library = bindir.parent / "lib/pg_guardrail.so"
        self.system.put(library, f"usr/lib/postgresql/{self.major}/lib")
        for file in (bindir.parent / "share/extension").glob("pg_guardrail*"):
            self.system.put(file, f"usr/share/postgresql/{self.major}/extension")

    def as_postgres(self, command, stdin=""):
        return self.system.run(f"runuser -u postgres -- {command}", stdin)

    def start(self):
        self.system.run("install -d -o postgres -m 777 /srv/data /srv/sockets && chmod 700 /srv/data")
        self.as_postgres(f"{self.bin}/initdb -D /srv/data -A trust -E UTF8 --locale=C.UTF-8 --no-sync")
        settings = SETTINGS | self.settings_of_newer_releases()
        conf = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
        self.system.run("cat >> /srv/data/postgresql.conf", conf)
        self.as_postgres(f"{self.bin}/pg_ctl -D /srv/data -l /srv/data/log -w start >/dev/null")

    def settings_of_newer_releases(self):
        """The newest minor releases load only the output plugins that a setting names."""
        name = "output_plugin_libraries"
        known = self.as_postgres(f"{self.bin}/postgres --describe-config | cut -f 1").split()
        return {name: "pgoutput, test_decoding, pglogical_output"} if name in known else {}

    def stop(self):
        with contextlib.suppress(AssertionError):
            self.as_postgres(f"{self.bin}/pg_ctl -D /srv/data -m immediate -w stop")
        self.system.__exit__()
        shutil.rmtree(self.short)

    def log(self):
        return self.system.run("cat /srv/data/log")

    def connect(self, dbname, user="postgres"):
        return psycopg.connect(host=str(self.sockets), user=user, dbname=dbname, autocommit=True)
