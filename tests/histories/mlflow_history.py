"""MLflow's own revisions, each in a transaction of its own. `mlflow db upgrade` would run them all in one."""

from alembic import command
from alembic.script import ScriptDirectory
from mlflow.store.db.utils import _get_alembic_config
from mlflow.store.tracking.dbmodels.initial_models import Base
from sqlalchemy import create_engine

URL = "postgresql+psycopg://"

engine = create_engine(URL)
Base.metadata.create_all(engine)
config = _get_alembic_config(URL)
config.attributes["connection"] = engine
revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
for revision in reversed(revisions):
    with engine.begin() as config.attributes["connection"]:
        command.upgrade(config, revision)
