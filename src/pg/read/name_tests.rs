//! The names that PostgreSQL makes up are recognised. Each test runs in a transaction that is rolled back.

// cargo-pgrx runs what stands in a schema of this name.
#[pgrx::pg_schema]
mod tests {
    use pgrx::prelude::*;
    use pgrx::spi::SpiResult;

    use crate::facts::{NameOrigin, ObjectAddress, Oid};
    use crate::pg::read::Reader;
    use crate::predicates::made_up_names::guess_name_origins;

    /// The names of the constraints in the schemas `made…` that look made up, or of the other ones.
    fn names_that_look_made_up(wanted: bool) -> Vec<String> {
        let tables = Spi::get_one::<Vec<i64>>(
            "SELECT array_agg(oid::bigint ORDER BY oid) FROM pg_class \
             WHERE relnamespace::regnamespace::text LIKE 'made%' AND relkind IN ('r', 'p')",
        );
        let reader = Reader::now();
        let mut found = Vec::new();
        for table in tables.unwrap().unwrap_or_default() {
            let mut relation = reader.read(ObjectAddress::Relation(table as Oid)).expect("a table");
            guess_name_origins(&mut relation, &reader);
            let is_wanted = |origin: NameOrigin| (origin == NameOrigin::LooksMadeUp) == wanted;
            found.extend(relation.constraints.into_iter().filter(|it| is_wanted(it.name_origin)).map(|it| it.name));
        }
        found
    }

    /// A table for each of these names and each two of them as columns, with every kind of constraint.
    #[pg_test]
    fn every_name_that_was_made_up_is_recognised() -> SpiResult<()> {
        const NAMES: usize = 16;
        const CONSTRAINTS: usize = 20;
        Spi::run(
            r#"DO $$
            DECLARE
                names text[] := ARRAY['a', 'check', 'b_key1', 'it''s "odd" 9', repeat('l', 20), repeat('m', 29),
                    repeat('n', 30), repeat('o', 55), repeat('p', 62), repeat('q', 63), repeat('ä', 14),
                    repeat('ö', 15) || 'x', 'x' || repeat('ü', 31), repeat('名', 10), repeat('前', 21),
                    'xy' || repeat('😀', 15)];
                made text; one text; two text;
            BEGIN
                FOR at IN 1..cardinality(names) LOOP
                    one := names[at];
                    two := names[at % cardinality(names) + 1];
                    EXECUTE format('CREATE SCHEMA made%s', at);
                    EXECUTE format('SET LOCAL search_path = made%s', at);
                    FOREACH made IN ARRAY names LOOP
                        EXECUTE format('CREATE TABLE %1$I (
                            %2$I int PRIMARY KEY, %3$I int UNIQUE CHECK (%3$I > 0) CHECK (%3$I > 1),
                            UNIQUE (%2$I, %3$I), UNIQUE (%3$I, %2$I), UNIQUE (%3$I) INCLUDE (%2$I),
                            CHECK (%2$I > %3$I), CHECK (%2$I < %3$I OR %2$I > 1), CHECK (tableoid > 0), CHECK (true),
                            FOREIGN KEY (%3$I) REFERENCES %1$I, FOREIGN KEY (%3$I) REFERENCES %1$I,
                            FOREIGN KEY (%3$I, %2$I) REFERENCES %1$I (%2$I, %3$I),
                            EXCLUDE (%2$I WITH =, %3$I WITH =), EXCLUDE (%2$I WITH =, %3$I WITH =, %2$I WITH =),
                            EXCLUDE (abs(%2$I) WITH =), EXCLUDE ((%2$I + %3$I) WITH =, %3$I WITH =),
                            EXCLUDE ((%3$I::bigint) WITH =), EXCLUDE ((CASE WHEN %2$I > 0 THEN 1 END) WITH =))',
                            made, one, two);
                    END LOOP;
                END LOOP;
            END $$"#,
        )?;
        assert_eq!(names_that_look_made_up(false), [""; 0]);
        assert_eq!(names_that_look_made_up(true).len(), NAMES * NAMES * CONSTRAINTS);
        Ok(())
    }

    #[pg_test]
    fn a_name_that_was_given_or_is_inherited_does_not_look_made_up() -> SpiResult<()> {
        Spi::run(
            "CREATE SCHEMA made; SET LOCAL search_path = made; \
             CREATE TABLE t (a int CONSTRAINT pk_t PRIMARY KEY, b int CONSTRAINT t_b_unique UNIQUE, \
                c int CONSTRAINT t_a_check CHECK (c > 0), d int CONSTRAINT t_d_fkey_1 REFERENCES t); \
             CREATE UNIQUE INDEX ON t (c); ALTER TABLE t ADD UNIQUE USING INDEX t_c_idx; \
             CREATE TABLE p (a int CONSTRAINT pk_p PRIMARY KEY) PARTITION BY RANGE (a); \
             CREATE TABLE p1 PARTITION OF p DEFAULT",
        )?;
        assert_eq!(names_that_look_made_up(true), [""; 0]);
        assert_eq!(names_that_look_made_up(false).len(), 7);
        Ok(())
    }

    #[pg_test]
    fn a_name_is_recognised_after_its_columns_were_renamed_where_an_index_keeps_them() -> SpiResult<()> {
        Spi::run(
            "CREATE SCHEMA made; SET LOCAL search_path = made; \
             CREATE TABLE t (a int UNIQUE, EXCLUDE (a WITH =)); ALTER TABLE t RENAME a TO b; \
             CREATE TABLE u (LIKE t INCLUDING INDEXES)",
        )?;
        assert_eq!(names_that_look_made_up(false), [""; 0]);
        assert_eq!(names_that_look_made_up(true), ["t_a_key", "t_a_excl", "u_a_key", "u_a_excl"]);
        Ok(())
    }
}
