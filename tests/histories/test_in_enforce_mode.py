"""What job queues do at run time is not refused in enforce mode.

The queue's schema was made before the guard began to enforce. Of pg-boss's tables, each queue's with a partition of its
own has a foreign key without an index, which is a violation; and its primary key has no name.
"""

import pytest
from histories import TOOLS, History

SETTINGS = [
    ("graphile-worker", {"preset": "core"}),
    ("graphile-worker", {"preset": "recommended"}),
    ("pg-boss", {"preset": "recommended", "fk_without_index": "warning"}),
    ("pg-boss", {"preset": "house", "exempt_schemas": "pgboss"}),
]


@pytest.mark.parametrize("queue, settings", SETTINGS, ids=str)
def test_a_queue_works(cluster, queue, settings):
    history = History(cluster, TOOLS[queue], guarded=True)
    history.set(mode="off")
    history.migrate()
    history.set(mode="enforce", **settings)
    history.migrate(*history.tool.work)
    cluster.drop_database(history.dbname)
