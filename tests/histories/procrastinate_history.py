"""Procrastinate's own migrations, which are SQL files to be run in the order of their names. Nothing notes them down;
the name of the application shows which one runs."""

from importlib.resources import files

import psycopg

with psycopg.connect(autocommit=True) as connection:
    for file in sorted(files("procrastinate.sql.migrations").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".sql"):
            connection.execute("SELECT set_config('application_name', %s, false)", [file.name])
            connection.execute(file.read_text())
