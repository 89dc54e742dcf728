"""What job queues do at run time: none of their statements is refused in enforce mode.

The queue's schema was made before the guard began to enforce. The guard is put to it under each preset that suits: the
queues do not follow the conventions of a house.
"""

import pytest
from histories import TOOLS, History

QUEUES = ["graphile-worker", "pg-boss"]
PRESETS = ["core", "recommended"]


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("queue", QUEUES)
def test_a_queue_works(cluster, queue, preset):
    history = History(cluster, TOOLS[queue], guarded=True)
    history.set(mode="off")
    history.migrate()
    history.set(mode="enforce", preset=preset)
    history.migrate("work")
    cluster.drop_database(history.dbname)
