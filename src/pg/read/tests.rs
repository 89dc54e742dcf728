//! What a fix asks about row types, indexes, constraints and rows. Each test runs in a transaction that is rolled back.

// cargo-pgrx runs what stands in a schema of this name.
#[pgrx::pg_schema]
#[allow(clippy::module_inception)]
mod tests {
    use pgrx::prelude::*;
    use pgrx::spi::SpiResult;

    use crate::facts::{Oid, Use, UseKind};
    use crate::pg::read::Reader;
    use crate::rule::Catalog;

    fn number(query: &str) -> Oid {
        Spi::get_one::<i64>(query).unwrap().unwrap() as Oid
    }

    fn oid(relation: &str) -> Oid {
        number(&format!("SELECT '{relation}'::regclass::oid::bigint"))
    }

    fn version() -> Oid {
        number("SELECT current_setting('server_version_num')::bigint / 10000")
    }

    /// Compares uses, which may be in any order.
    fn expect(uses: Vec<Use>, expected: &[(UseKind, &str)]) {
        let mut found: Vec<_> = uses.iter().map(|found| (found.kind, found.name.as_str())).collect();
        found.sort_by_key(|(_, name)| *name);
        assert_eq!(found, expected);
    }

    fn expect_of_row_type(relation: &str, expected: &[(UseKind, &str)]) {
        expect(Reader::now().row_type_uses(oid(relation)), expected);
    }

    fn expect_of_index(index: &str, expected: &[(UseKind, &str)]) {
        expect(Reader::now().index_uses(oid(index)), expected);
    }

    fn expect_of_constraint(constraint: &str, table: &str, expected: &[(UseKind, &str)]) {
        let constraint = number(&format!(
            "SELECT oid::bigint FROM pg_constraint WHERE conname = '{constraint}' AND conrelid = '{table}'::regclass"
        ));
        expect(Reader::now().constraint_uses(constraint), expected);
    }

    #[pg_test]
    fn columns_of_a_row_type_are_found_through_other_types() -> SpiResult<()> {
        Spi::run(
            "CREATE TABLE t (a int); CREATE TABLE child () INHERITS (t); \
             CREATE DOMAIN d AS t; CREATE TYPE c AS (x d[]); CREATE TYPE r AS RANGE (SUBTYPE = t); \
             CREATE TABLE t1 (n int, gone int, v t[]); ALTER TABLE t1 DROP COLUMN gone; \
             CREATE TABLE t2 (n int, v c) PARTITION BY LIST (n); CREATE TABLE t3 (v r); CREATE TABLE t4 (v child); \
             CREATE VIEW v AS SELECT t FROM t; CREATE TYPE unused AS (x t)",
        )?;
        expect_of_row_type(
            "t",
            &[
                (UseKind::RowType, "column v of table public.t1"),
                (UseKind::RowType, "column v of table public.t2"),
                (UseKind::RowType, "column v of table public.t3"),
                (UseKind::RowType, "column v of table public.t4"),
            ],
        );
        expect_of_row_type("child", &[(UseKind::RowType, "column v of table public.t4")]);
        expect_of_row_type("t1", &[]);
        Ok(())
    }

    #[pg_test]
    fn tables_of_a_type_follow_it() -> SpiResult<()> {
        Spi::run(
            "CREATE TYPE c AS (a int, b int); CREATE TABLE o OF c; CREATE TABLE part OF c PARTITION BY LIST (b); \
             CREATE TABLE u (v o[]); CREATE VIEW v AS SELECT a FROM o; \
             CREATE VIEW w AS SELECT (row(1, 2)::c).a AS field; \
             CREATE DOMAIN d AS c CONSTRAINT k CHECK ((value).a > 0)",
        )?;
        expect_of_row_type(
            "c",
            &[
                (UseKind::RowType, "column v of table public.u"),
                (UseKind::TypedTable, "table public.o"),
                (UseKind::TypedTable, "table public.part"),
            ],
        );
        let now = Reader::now();
        assert!(now.is_typed(oid("o")) && !now.is_typed(oid("u")) && !now.is_typed(oid("c")));
        expect(
            now.column_uses(oid("c"), 1),
            &[
                (UseKind::Check, "check constraint k of domain public.d"),
                (UseKind::View, "view public.v"),
                (UseKind::View, "view public.w"),
            ],
        );
        let key = [(UseKind::PartitionKey, "the partition key of table public.part")];
        expect(now.column_uses(oid("c"), 2), &key);
        Ok(())
    }

    #[pg_test]
    fn what_relies_on_an_index_is_named() -> SpiResult<()> {
        Spi::run(
            "CREATE TABLE t (id int NOT NULL, a int CONSTRAINT uq UNIQUE, \
               r int4range, CONSTRAINT ex EXCLUDE USING gist (r WITH &&)); \
             CREATE UNIQUE INDEX named ON t (id); CREATE INDEX plain ON t (a); \
             ALTER TABLE t REPLICA IDENTITY USING INDEX named; ALTER TABLE t CLUSTER ON plain; \
             CREATE TABLE o (id int CONSTRAINT k REFERENCES t (id), b int CONSTRAINT l REFERENCES t (a))",
        )?;
        expect_of_index(
            "named",
            &[
                (UseKind::ReferencingKey, "foreign key k of table public.o"),
                (UseKind::ReplicaIdentity, "the replica identity of table public.t"),
            ],
        );
        expect_of_index("plain", &[(UseKind::Cluster, "CLUSTER of table public.t")]);
        expect_of_index(
            "uq",
            &[
                (UseKind::ReferencingKey, "foreign key l of table public.o"),
                (UseKind::Constraint, "unique constraint uq of table public.t"),
            ],
        );
        expect_of_index("ex", &[(UseKind::Constraint, "exclusion constraint ex of table public.t")]);
        Ok(())
    }

    #[pg_test]
    fn what_relies_on_a_constraint_is_named() -> SpiResult<()> {
        Spi::run(
            "CREATE TABLE t (id int CONSTRAINT pk PRIMARY KEY, a int, up int CONSTRAINT own REFERENCES t, \
               CONSTRAINT ck CHECK (a > 0)); \
             CREATE VIEW v AS SELECT id, a FROM t GROUP BY id; \
             CREATE TABLE o (id int CONSTRAINT k REFERENCES t)",
        )?;
        expect_of_constraint(
            "pk",
            "t",
            &[
                (UseKind::ReferencingKey, "foreign key k of table public.o"),
                (UseKind::ReferencingKey, "foreign key own of table public.t"),
                (UseKind::View, "view public.v"),
            ],
        );
        expect_of_constraint("ck", "t", &[]);
        expect_of_constraint("own", "t", &[]);
        Ok(())
    }

    #[pg_test]
    fn what_relies_on_parts_of_partitions_is_named() -> SpiResult<()> {
        Spi::run(
            "CREATE TABLE p (a int, b int, CONSTRAINT pk PRIMARY KEY (a)) PARTITION BY LIST (a); \
             CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); \
             CREATE INDEX i ON p (b); ALTER TABLE p1 CLUSTER ON p1_b_idx; \
             ALTER TABLE p1 REPLICA IDENTITY USING INDEX p1_pkey; \
             CREATE TABLE o (x int CONSTRAINT whole REFERENCES p, y int CONSTRAINT part REFERENCES p1) \
               PARTITION BY LIST (x); \
             CREATE TABLE o1 PARTITION OF o FOR VALUES IN (1)",
        )?;
        expect_of_index("i", &[(UseKind::Cluster, "CLUSTER of table public.p1")]);
        expect_of_constraint(
            "pk",
            "p",
            &[
                (UseKind::ReferencingKey, "foreign key part of table public.o"),
                (UseKind::ReferencingKey, "foreign key whole of table public.o"),
                (UseKind::ReplicaIdentity, "the replica identity of table public.p1"),
            ],
        );
        expect(
            Reader::now().column_uses(oid("o"), 1),
            &[
                (UseKind::ForeignKey, "foreign key whole of table public.o"),
                (UseKind::PartitionKey, "the partition key of table public.o"),
            ],
        );
        Ok(())
    }

    #[pg_test]
    fn rows_are_looked_for_in_the_whole_family() -> SpiResult<()> {
        Spi::run(
            "CREATE TABLE t (a int, b int); CREATE TABLE child (b int, a int) INHERITS (t); \
             CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p DEFAULT; \
             CREATE TABLE big (a int, b text)",
        )?;
        let [t, p, big] = ["t", "p", "big"].map(oid);
        let now = Reader::now;
        assert_eq!((now().has_rows(t), now().holds_null(t, 1)), (Some(false), Some(false)));
        Spi::run("INSERT INTO child (a) VALUES (1); INSERT INTO p VALUES (1)")?;
        assert_eq!((now().has_rows(t), now().has_rows(p)), (Some(true), Some(true)));
        assert_eq!((now().holds_null(t, 1), now().holds_null(t, 2)), (Some(false), Some(true)));
        assert_eq!((now().holds_null(p, 1), now().holds_null(p, 2)), (Some(false), None), "there is no second column");
        Spi::run("DELETE FROM child; ALTER TABLE t ADD COLUMN c int DEFAULT 1; INSERT INTO t (c) VALUES (NULL)")?;
        assert_eq!((now().has_rows(t), now().holds_null(t, 3)), (Some(true), Some(true)));
        Spi::run("INSERT INTO big SELECT 1, repeat('x', 1000) FROM generate_series(1, 1000)")?;
        assert_eq!((now().has_rows(big), now().holds_null(big, 1)), (None, None), "too big to look");
        Spi::run(
            "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; \
             CREATE FOREIGN TABLE f () INHERITS (t) SERVER s; TRUNCATE ONLY t",
        )?;
        assert_eq!(now().has_rows(t), None, "nobody knows what is in a foreign table");
        Ok(())
    }

    #[pg_test]
    fn a_published_table_needs_a_replica_identity_to_be_updated() -> SpiResult<()> {
        Spi::run(
            "CREATE TABLE t (id int NOT NULL, a int); CREATE TABLE child () INHERITS (t); \
             CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p DEFAULT",
        )?;
        let refused = |table: &str| Reader::now().update_is_refused(oid(table));
        // PostgreSQL 13.4 would remember this of a partition, too, when its parent is published.
        assert!(!refused("t"), "it is not published");
        Spi::run("CREATE PUBLICATION inserts FOR TABLE ONLY t WITH (publish = insert)")?;
        assert!(!refused("t"));
        Spi::run("CREATE PUBLICATION all_of_it FOR TABLE ONLY t, p, child")?;
        assert!(refused("t") && refused("child") && refused("p") && refused("p1"));
        Spi::run("ALTER TABLE ONLY t REPLICA IDENTITY FULL")?;
        assert!(refused("t"), "the child has none");
        Spi::run("ALTER TABLE child ADD PRIMARY KEY (id); ALTER TABLE p1 REPLICA IDENTITY FULL")?;
        assert!(!refused("t") && !refused("child") && !refused("p"));
        Ok(())
    }

    #[pg_test]
    fn rules_and_policies_may_keep_rows_from_being_updated() -> SpiResult<()> {
        Spi::run("CREATE TABLE t (id int); CREATE TABLE p (id int); ALTER TABLE p ENABLE ROW LEVEL SECURITY")?;
        let refused = |table: &str| Reader::now().update_is_refused(oid(table));
        assert!(!refused("t") && !refused("p"), "row-level security does not hold for the owner");
        Spi::run("CREATE RULE r AS ON UPDATE TO t DO INSTEAD NOTHING; ALTER TABLE p FORCE ROW LEVEL SECURITY")?;
        assert!(refused("t") && refused("p"));
        Ok(())
    }

    #[pg_test]
    fn a_publication_must_suit_the_replica_identity() -> SpiResult<()> {
        if version() >= 15 {
            let refused = |table: &str| Reader::now().update_is_refused(oid(table));
            for (number, part) in [(1, "WHERE (a > 0)"), (2, "(a)")] {
                let table = format!("t{number}");
                Spi::run(&format!("CREATE TABLE {table} (id int PRIMARY KEY, a int)"))?;
                assert!(!refused(&table));
                Spi::run(&format!("CREATE PUBLICATION p{number} FOR TABLE {table} {part}"))?;
                assert!(refused(&table), "{part}");
            }
        }
        if version() >= 18 {
            Spi::run(
                "CREATE TABLE g (a int, b int GENERATED ALWAYS AS (a) STORED NOT NULL UNIQUE); \
                 ALTER TABLE g REPLICA IDENTITY USING INDEX g_b_key; CREATE PUBLICATION p FOR TABLE g",
            )?;
            assert!(Reader::now().update_is_refused(oid("g")));
        }
        Ok(())
    }

    #[pg_test]
    fn tables_types_and_names_can_be_asked_for() -> SpiResult<()> {
        Spi::run(
            "CREATE TABLE t (a int); CREATE TABLE child (CONSTRAINT x CHECK (a > 0)) INHERITS (t); \
             CREATE TABLE grandchild (CONSTRAINT y CHECK (a > 0)) INHERITS (child); CREATE DOMAIN d AS int",
        )?;
        let now = Reader::now();
        let names: Vec<_> = now.descendants_part_names(oid("t"));
        assert_eq!(names, ["x", "y"]);
        let domain = number("SELECT 'd'::regtype::oid::bigint");
        let names = [oid("t"), domain, 1].map(|oid| now.relation(oid).map(|relation| relation.name.name));
        assert_eq!(names, [Some("t".to_owned()), Some("d".to_owned()), None]);
        Ok(())
    }
}
