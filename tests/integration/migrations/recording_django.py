"""Django's `migrate` with the record of a migration in the migration's own transaction."""

import sys

import django
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import transaction
from django.db.migrations.executor import MigrationExecutor


class RecordingExecutor(MigrationExecutor):
    def apply_migration(self, state, migration, *args, **kwargs):
        if not migration.atomic:
            return super().apply_migration(state, migration, *args, **kwargs)
        with transaction.atomic(self.connection.alias):
            return super().apply_migration(state, migration, *args, **kwargs)

    def unapply_migration(self, state, migration, *args, **kwargs):
        if not migration.atomic:
            return super().unapply_migration(state, migration, *args, **kwargs)
        with transaction.atomic(self.connection.alias):
            return super().unapply_migration(state, migration, *args, **kwargs)


migrate.MigrationExecutor = RecordingExecutor

if __name__ == "__main__":
    django.setup()
    call_command("migrate", *sys.argv[1:], skip_checks=True)
