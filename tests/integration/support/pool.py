"""Databases that tests take and give back. A database that can be made as new again is used once more."""

import psycopg

# A digest of everything that a test may have left behind. In a database that is as new it is that of a new database.
LEFTOVERS = """
    SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
        SELECT concat_ws(' ', 'class', relnamespace::regnamespace, relname, relacl, relrowsecurity)
            FROM pg_class WHERE oid >= 16384 AND relnamespace <> 'pg_toast'::regnamespace
        UNION ALL
        SELECT concat_ws(' ', 'namespace', nspname, nspowner::regrole, nspacl) FROM pg_namespace
        UNION ALL SELECT concat_ws(' ', 'attribute', attrelid::regclass, attname, attnum) FROM pg_attribute
            JOIN pg_class c ON c.oid = attrelid WHERE c.oid >= 16384 AND relnamespace <> 'pg_toast'::regnamespace
        UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname) FROM pg_constraint
        UNION ALL SELECT concat_ws(' ', 'type', typnamespace::regnamespace, typname) FROM pg_type WHERE oid >= 16384
        UNION ALL SELECT concat_ws(' ', 'function', oid::regprocedure) FROM pg_proc WHERE oid >= 16384
        UNION ALL SELECT concat_ws(' ', 'extension', extname, extowner::regrole, extversion) FROM pg_extension
        UNION ALL SELECT concat_ws(' ', 'event trigger', evtname, evtenabled) FROM pg_event_trigger
        UNION ALL SELECT concat_ws(' ', 'database', datacl) FROM pg_database WHERE datname = current_database()
        UNION ALL SELECT concat_ws(' ', 'collation', collname) FROM pg_collation WHERE oid >= 16384
        UNION ALL SELECT concat_ws(' ', 'operator class', opcname) FROM pg_opclass WHERE oid >= 16384
        UNION ALL SELECT concat_ws(' ', 'operator family', opfname) FROM pg_opfamily WHERE oid >= 16384
        UNION ALL SELECT concat_ws(' ', 'server', srvname) FROM pg_foreign_server
        UNION ALL SELECT concat_ws(' ', 'publication', pubname) FROM pg_publication
        UNION ALL SELECT concat_ws(' ', 'default privilege', oid) FROM pg_default_acl
        UNION ALL SELECT concat_ws(' ', 'prepared', gid) FROM pg_prepared_xacts
    ) AS leftovers (line)
"""

DROP_TABLES = """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        LOOP EXECUTE format('DROP TABLE IF EXISTS %s CASCADE', name); END LOOP;
    END $$
"""


class Pool:
    def __init__(self, cluster, guarded, customers):
        self.cluster = cluster
        self.guarded = guarded
        self.customers = customers
        self.free = []
        self.as_new = None

    def take(self):
        if self.free:
            return self.free.pop()
        name = self.cluster.create_database()
        if self.as_new is None:
            with self.cluster.connect(name) as admin:
                self.as_new = admin.execute(LEFTOVERS).fetchone()
        return name

    def give_back(self, name):
        if self.clean(name):
            self.free.append(name)
        else:
            self.cluster.drop_database(name)

    def clean(self, name):
        try:
            with self.cluster.connect(name, options="-c guardrail.mode=off") as admin:
                admin.execute("DROP OWNED BY app, stranger CASCADE")
                admin.execute(DROP_TABLES)
                for table in ("exemptions", "frozen", "journal"):
                    admin.execute(f"DELETE FROM guardrail.{table}")
                for sequence in ("exemptions_id_seq", "journal_id_seq"):
                    admin.execute(f"SELECT setval('guardrail.{sequence}', 1, false)")
                admin.execute("ALTER ROLE app RESET ALL")
                admin.execute(f"ALTER ROLE app IN DATABASE {name} RESET ALL")
                admin.execute(f"ALTER DATABASE {name} RESET ALL")
                admin.execute(self.guarded.format(name=name, mode="enforce"))
                admin.execute(self.customers)
                return admin.execute(LEFTOVERS).fetchone() == self.as_new
        except psycopg.Error:
            return False
