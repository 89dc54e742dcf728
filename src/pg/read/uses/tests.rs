//! What uses columns and row types. Each test runs in a transaction that is rolled back.

// cargo-pgrx runs what stands in a schema of this name.
#[pgrx::pg_schema]
#[allow(clippy::module_inception)]
mod tests {
    use pgrx::prelude::*;
    use pgrx::spi::SpiResult;

    use crate::facts::{AttrNumber, Oid, Use, UseKind};
    use crate::pg::read::Reader;
    use crate::rule::Catalog;

    fn oid(name: &str) -> Oid {
        Spi::get_one::<pg_sys::Oid>(&format!("SELECT '{name}'::regclass::oid")).unwrap().unwrap().to_u32()
    }

    fn version() -> i32 {
        Spi::get_one::<i32>("SELECT current_setting('server_version_num')::int / 10000").unwrap().unwrap()
    }

    /// The uses in the order of their names.
    fn sorted(uses: Vec<Use>) -> Vec<(UseKind, String)> {
        let mut uses: Vec<_> = uses.into_iter().map(|found| (found.kind, found.name)).collect();
        uses.sort_by(|left, right| left.1.cmp(&right.1));
        uses
    }

    fn expect(found: Vec<Use>, expected: &[(UseKind, &str)]) {
        let expected: Vec<_> = expected.iter().map(|(kind, name)| (*kind, (*name).to_owned())).collect();
        assert_eq!(sorted(found), expected);
    }

    fn expect_of_column(table: &str, column: AttrNumber, expected: &[(UseKind, &str)]) {
        expect(Reader::now().column_uses(oid(table), column), expected);
        use UseKind::*;
        let forbidding = [View, Policy, Trigger, GeneratedColumn, Function, Publication, PartitionKey, OtherParent];
        let is_forbidden = expected.iter().any(|(kind, _)| forbidding.contains(kind));
        assert_eq!(is_refused(table, column), is_forbidden, "PostgreSQL says the same");
    }

    /// Whether PostgreSQL refuses to set the type of a column, although it is the type that the column has.
    fn is_refused(table: &str, column: AttrNumber) -> bool {
        Spi::run(&format!(
            "DO $do$ DECLARE statement text; BEGIN PERFORM set_config('tests.refused', 'no', true); \
             SELECT format('ALTER TABLE %s ALTER COLUMN %I TYPE %s', attrelid::regclass, attname, \
               format_type(atttypid, atttypmod)) INTO statement \
             FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum = {column}; \
             IF FOUND THEN EXECUTE statement; END IF; \
             EXCEPTION WHEN feature_not_supported OR invalid_table_definition OR syntax_error THEN \
               PERFORM set_config('tests.refused', 'yes', true); END $do$"
        ))
        .unwrap();
        Spi::get_one::<String>("SELECT current_setting('tests.refused')").unwrap().as_deref() == Some("yes")
    }

    #[pg_test]
    fn a_column_that_nothing_uses_can_be_changed() -> SpiResult<()> {
        Spi::run(
            "CREATE TABLE t (id serial PRIMARY KEY, a text COLLATE \"C\" DEFAULT 'x' NOT NULL UNIQUE, \
             i int GENERATED ALWAYS AS IDENTITY); \
             CREATE INDEX ON t (a) INCLUDE (id); CREATE STATISTICS s ON id, a FROM t; \
             CREATE VIEW v AS SELECT id FROM t; COMMENT ON COLUMN t.a IS 'x'; \
             CREATE TRIGGER r BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        )?;
        expect_of_column("t", 2, &[]);
        expect_of_column("t", 3, &[]);
        expect_of_column("t", 9, &[]);
        expect_of_column("t", 1, &[(UseKind::View, "view public.v")]);
        Ok(())
    }

    #[pg_test]
    fn views_policies_triggers_and_generated_columns_use_columns() -> SpiResult<()> {
        Spi::run(
            "CREATE TABLE \"T\" (a int, b int GENERATED ALWAYS AS (a + 1) STORED); CREATE TABLE log (x int); \
             CREATE VIEW v AS SELECT a FROM \"T\"; CREATE MATERIALIZED VIEW m AS SELECT a FROM \"T\"; \
             CREATE VIEW w AS SELECT a FROM v; \
             CREATE RULE \"My rule\" AS ON INSERT TO log DO ALSO DELETE FROM \"T\" WHERE a = new.x; \
             CREATE POLICY p ON \"T\" USING (a > 0); \
             CREATE TRIGGER r1 BEFORE UPDATE OF a ON \"T\" FOR EACH ROW \
               EXECUTE FUNCTION suppress_redundant_updates_trigger(); \
             CREATE TRIGGER r2 BEFORE UPDATE ON \"T\" FOR EACH ROW WHEN (old.a > 0) \
               EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        )?;
        expect_of_column(
            "\"T\"",
            1,
            &[
                (UseKind::GeneratedColumn, "generated column b of table public.\"T\""),
                (UseKind::View, "materialized view public.m"),
                (UseKind::Policy, "policy p of table public.\"T\""),
                (UseKind::View, "rule \"My rule\" of table public.log"),
                (UseKind::Trigger, "trigger r1 of table public.\"T\""),
                (UseKind::Trigger, "trigger r2 of table public.\"T\""),
                (UseKind::View, "view public.v"),
            ],
        );
        expect_of_column("\"T\"", 2, &[]);
        Ok(())
    }

    #[pg_test]
    fn the_not_null_that_a_child_has_for_itself_uses_a_column() -> SpiResult<()> {
        Spi::run("CREATE TABLE p (a int NOT NULL, b int); CREATE TABLE c (PRIMARY KEY (a, b)) INHERITS (p)")?;
        let uses = |table, column| Reader::now().column_uses(oid(table), column);
        if version() >= 18 {
            expect(uses("p", 1), &[(UseKind::NotNullOfHeir, "NOT NULL constraint c_a_not_null of table public.c")]);
        }
        expect(uses("p", 2), &[]);
        expect(uses("c", 2), &[]);
        Ok(())
    }

    #[pg_test]
    fn a_virtual_column_uses_a_column() -> SpiResult<()> {
        if version() >= 18 {
            Spi::run("CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL)")?;
            expect_of_column("t", 1, &[(UseKind::GeneratedColumn, "generated column b of table public.t")]);
            assert_eq!(Reader::now().holds_null(oid("t"), 2), None, "its values are not stored");
        }
        Ok(())
    }

    #[pg_test]
    fn functions_and_procedures_with_a_parsed_body_use_columns() -> SpiResult<()> {
        if version() >= 14 {
            Spi::run(
                "CREATE TABLE t (a int); \
                 CREATE FUNCTION f(x int) RETURNS int BEGIN ATOMIC SELECT a FROM t WHERE a = x; END; \
                 CREATE PROCEDURE p() BEGIN ATOMIC DELETE FROM t WHERE a = 1; END",
            )?;
            expect_of_column(
                "t",
                1,
                &[(UseKind::Function, "function public.f(integer)"), (UseKind::Function, "procedure public.p()")],
            );
        }
        Ok(())
    }

    #[pg_test]
    fn publications_use_the_columns_that_they_name() -> SpiResult<()> {
        if version() >= 15 {
            Spi::run(
                "CREATE TABLE t (id int PRIMARY KEY, a int, b int); \
                 CREATE PUBLICATION \"by row\" FOR TABLE t WHERE (a > 0); \
                 CREATE PUBLICATION by_column FOR TABLE t (id, b)",
            )?;
            expect_of_column("t", 2, &[(UseKind::Publication, "publication \"by row\"")]);
            expect_of_column("t", 3, &[(UseKind::Publication, "publication by_column")]);
        }
        Ok(())
    }

    #[pg_test]
    fn constraints_use_columns() -> SpiResult<()> {
        Spi::run(
            "CREATE TABLE t (id int PRIMARY KEY, up int, r int4range, CONSTRAINT c CHECK (id > 0), \
             CONSTRAINT k FOREIGN KEY (up) REFERENCES t, CONSTRAINT x EXCLUDE USING gist (r WITH &&), \
             CONSTRAINT y EXCLUDE USING gist (int4range(up, NULL) WITH &&)); \
             CREATE TABLE o (id int, CONSTRAINT k FOREIGN KEY (id) REFERENCES t)",
        )?;
        expect_of_column(
            "t",
            1,
            &[
                (UseKind::Check, "check constraint c of table public.t"),
                (UseKind::ReferencingKey, "foreign key k of table public.o"),
                (UseKind::ReferencingKey, "foreign key k of table public.t"),
            ],
        );
        expect_of_column(
            "t",
            2,
            &[
                (UseKind::Exclusion, "exclusion constraint y of table public.t"),
                (UseKind::ForeignKey, "foreign key k of table public.t"),
            ],
        );
        expect_of_column("t", 3, &[(UseKind::Exclusion, "exclusion constraint x of table public.t")]);
        expect_of_column("o", 1, &[(UseKind::ForeignKey, "foreign key k of table public.o")]);
        Ok(())
    }

    #[pg_test]
    fn a_key_that_refers_to_its_own_column_uses_it_twice() -> SpiResult<()> {
        Spi::run("CREATE TABLE t (id int PRIMARY KEY CONSTRAINT k REFERENCES t)")?;
        let key = "foreign key k of table public.t";
        expect_of_column("t", 1, &[(UseKind::ForeignKey, key), (UseKind::ReferencingKey, key)]);
        Ok(())
    }

    #[pg_test]
    fn indexes_and_statistics_use_columns_in_expressions() -> SpiResult<()> {
        Spi::run(
            "CREATE TABLE t (a text, b text, c text); \
             CREATE INDEX i1 ON t (a, lower(a)); CREATE INDEX i2 ON t (b) WHERE a > 'x'; \
             CREATE INDEX i3 ON t (b, c text_pattern_ops); CREATE INDEX i4 ON t (c COLLATE \"C\"); \
             CREATE INDEX i5 ON t (c) INCLUDE (a)",
        )?;
        if version() >= 14 {
            Spi::run("CREATE STATISTICS s1 ON b, lower(b) FROM t; CREATE STATISTICS s2 ON c, lower(b) FROM t")?;
        }
        expect_of_column(
            "t",
            1,
            &[(UseKind::IndexExpression, "index public.i1"), (UseKind::IndexExpression, "index public.i2")],
        );
        let statistics = [(UseKind::Statistics, "statistics public.s1"), (UseKind::Statistics, "statistics public.s2")];
        expect_of_column("t", 2, if version() >= 14 { &statistics } else { &[] });
        expect_of_column("t", 3, &[(UseKind::IndexClass, "index public.i3"), (UseKind::IndexClass, "index public.i4")]);
        Ok(())
    }

    #[pg_test]
    fn a_default_class_with_parameters_is_a_use() -> SpiResult<()> {
        Spi::run("CREATE TABLE t (v tsvector); CREATE INDEX i ON t USING gist (v tsvector_ops (siglen = 100))")?;
        // PostgreSQL 13.4 crashes when it builds such an index again, so it is not asked.
        expect(Reader::now().column_uses(oid("t"), 1), &[(UseKind::IndexClass, "index public.i")]);
        Ok(())
    }

    #[pg_test]
    fn partitions_are_looked_at() -> SpiResult<()> {
        Spi::run(
            "CREATE TABLE p (a int, b int, c int, CONSTRAINT c CHECK (a > 0)) \
               PARTITION BY RANGE (a, (b + 1)); \
             CREATE INDEX i ON p (b) WHERE c > 0; \
             CREATE TRIGGER r AFTER UPDATE OF c ON p FOR EACH ROW \
               EXECUTE FUNCTION suppress_redundant_updates_trigger(); \
             CREATE TABLE p1 (x int, c int, b int NOT NULL, a int NOT NULL, CONSTRAINT c CHECK (a > 0)) \
               PARTITION BY LIST (c); \
             ALTER TABLE p1 DROP COLUMN x; \
             ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (0, 0) TO (10, 0); \
             CREATE TABLE p11 PARTITION OF p1 FOR VALUES IN (1); \
             CREATE VIEW v AS SELECT c FROM p11; CREATE INDEX j ON p1 (abs(c)); \
             ALTER TABLE p11 ADD CONSTRAINT d CHECK (b > 0)",
        )?;
        expect_of_column(
            "p",
            1,
            &[
                (UseKind::Check, "check constraint c of table public.p"),
                (UseKind::PartitionKey, "the partition key of table public.p"),
            ],
        );
        let in_expression = [
            (UseKind::Check, "check constraint d of table public.p11"),
            (UseKind::PartitionKey, "the partition key of table public.p"),
        ];
        expect_of_column("p", 2, &in_expression);
        expect_of_column(
            "p",
            3,
            &[
                (UseKind::IndexExpression, "index public.i"),
                (UseKind::IndexExpression, "index public.j"),
                (UseKind::PartitionKey, "the partition key of table public.p1"),
                (UseKind::Trigger, "trigger r of table public.p"),
                (UseKind::View, "view public.v"),
            ],
        );
        Ok(())
    }

    #[pg_test]
    fn a_child_of_two_parents_has_the_column_from_both() -> SpiResult<()> {
        Spi::run(
            "CREATE TABLE a (x int, y int); CREATE TABLE b (x int); CREATE TABLE c () INHERITS (a, b); \
             CREATE TABLE root (z int); CREATE TABLE left_side () INHERITS (root); \
             CREATE TABLE right_side () INHERITS (root); CREATE TABLE diamond () INHERITS (left_side, right_side)",
        )?;
        expect_of_column("a", 1, &[(UseKind::OtherParent, "table public.c")]);
        expect_of_column("a", 2, &[]);
        expect_of_column("root", 1, &[]);
        expect_of_column("left_side", 1, &[(UseKind::OtherParent, "table public.diamond")]);
        Ok(())
    }

    #[pg_test]
    fn names_stay_on_one_line_and_many_uses_are_cut() -> SpiResult<()> {
        Spi::run(
            "CREATE TABLE t (a int); CREATE POLICY \"x\nDROP TABLE t; --\" ON t USING (a > 0); \
             DO $$ BEGIN FOR i IN 1..30 LOOP EXECUTE format('CREATE VIEW v%s AS SELECT a FROM t', i); END LOOP; END $$",
        )?;
        let uses = Reader::now().column_uses(oid("t"), 1);
        assert!(uses.contains(&Use {
            kind: UseKind::Policy,
            name: "policy \"x\\nDROP TABLE t; --\" of table public.t".into()
        }));
        assert_eq!(uses.iter().filter(|found| found.kind == UseKind::View).count(), 20);
        Ok(())
    }
}
