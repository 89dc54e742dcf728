"""A query in one parallel worker, with the library loaded in different ways: a worker loads what its leader has loaded.

A worker ends with its query, so the time is that on the clock, as the client sees it.
"""

import time

NOT_LOADED, FOR_SESSIONS, FOR_THE_SERVER = "not loaded", "session_preload_libraries", "shared_preload_libraries"
# In a database without the extension: only loading the library is measured.
DATABASE = "postgres"


def forced(cluster, **options):
    """A session in which every query runs in a worker."""
    connection = cluster.connect(DATABASE, **options)
    name = "force_parallel_mode" if connection.info.server_version < 160000 else "debug_parallel_query"
    connection.execute(f"SET {name} = on")
    connection.execute("SET parallel_setup_cost = 0")
    return connection


def measures(cluster, preloading_cluster):
    """For each way of loading the library the function that measures a query once, in microseconds."""
    connections = {
        NOT_LOADED: forced(cluster),
        FOR_SESSIONS: forced(cluster, options="-c session_preload_libraries=pg_guardrail"),
        FOR_THE_SERVER: forced(preloading_cluster),
    }

    def cost(connection):
        before = time.perf_counter()
        connection.execute("SELECT 1").fetchall()
        return (time.perf_counter() - before) * 1e6

    return {name: lambda _, connection=connection: cost(connection) for name, connection in connections.items()}
