"""Runs `make installcheck` on a private server of its own: on_private_server.py BINDIR. BINDIR is the `bin` folder of a
PostgreSQL that has the extension."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "integration" / "support")]

import server  # noqa: E402

bindir = pathlib.Path(sys.argv[1])
cluster = server.Cluster(bindir).initialize().launch()
try:
    environment = cluster.environment("postgres", PG_CONFIG=str(bindir / "pg_config"))
    status = subprocess.run([ROOT / "pgrx-config" / "installcheck.sh"], env=environment).returncode
finally:
    cluster.stop()
sys.exit(status)
