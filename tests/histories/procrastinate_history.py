"""Procrastinate's own migrations, which are SQL files to be run in the order of their names."""

from importlib.resources import files

import psycopg

with psycopg.connect(autocommit=True) as connection:
    for file in sorted(files("procrastinate.sql.migrations").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".sql"):
            connection.execute(file.read_text())
