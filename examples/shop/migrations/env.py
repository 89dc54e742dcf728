"""Connects Alembic to the shop's database: the one that SHOP_DATABASE_URL names, or else "shop" on the server that
PostgreSQL's own variables (PGHOST, PGUSER, …) name."""

import logging.config
import os

from alembic import context
from shop import enum_types
from shop.models import Base
from sqlalchemy import create_engine, pool

logging.config.fileConfig(context.config.config_file_name, disable_existing_loggers=False)

if context.is_offline_mode():
    context.configure(dialect_name="postgresql", target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    engine = create_engine(os.environ.get("SHOP_DATABASE_URL", "postgresql+psycopg:///shop"), poolclass=pool.NullPool)
    with engine.connect() as connection:
        # Each revision is a transaction of its own, so a refusal rolls back only that revision.
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            transaction_per_migration=True,
            process_revision_directives=enum_types.complete,
        )
        with context.begin_transaction():
            context.run_migrations()
