"""Python imports this by itself at its start: every psycopg connection then writes down what the server says.

One JSON object a line, in the file named by GUARDRAIL_NOTICES. The program that connects is not changed.
"""

import json
import os

import psycopg

FIELDS = ("severity", "sqlstate", "message_primary", "message_detail", "message_hint")
FIELDS += ("schema_name", "table_name", "column_name", "constraint_name", "datatype_name")


def write_down(diag):
    with open(os.environ["GUARDRAIL_NOTICES"], "a") as file:
        file.write(json.dumps({field: getattr(diag, field) for field in FIELDS}) + "\n")


connect = psycopg.Connection.connect.__func__


def recording_connect(cls, *arguments, **options):
    connection = connect(cls, *arguments, **options)
    connection.add_notice_handler(write_down)
    return connection


psycopg.Connection.connect = classmethod(recording_connect)
psycopg.connect = psycopg.Connection.connect
