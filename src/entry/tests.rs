//! What only a running server can tell: the catalogs before and after a statement, the settings as PostgreSQL knows
//! them, and text on its way in and out. Each test runs in a transaction that is rolled back.

// cargo-pgrx runs what stands in a schema of this name.
#[pgrx::pg_schema]
#[allow(clippy::module_inception)]
mod tests {
    use pgrx::prelude::*;
    use pgrx::spi::SpiResult;

    use crate::entry::failure::run_guarded;
    use crate::facts::{Action, ConstraintKind, ObjectAddress, Predicate, Relation};
    use crate::pg::backend::{command_id, current_role_is_among};
    use crate::pg::errors::undo;
    use crate::pg::read::Reader;
    use crate::pg::{guc, text};
    use crate::rules;
    use crate::settings::{Level, Mode};

    const TIMESTAMP: u32 = 1114;

    fn number(query: &str) -> i64 {
        Spi::get_one::<i64>(query).unwrap().unwrap_or_default()
    }

    fn word(query: &str) -> String {
        Spi::get_one::<String>(query).unwrap().unwrap_or_default()
    }

    /// The subject that a table's name stands for.
    fn table(name: &str) -> ObjectAddress {
        ObjectAddress::Relation(number(&format!("SELECT '{name}'::regclass::oid::bigint")) as u32)
    }

    fn read(reader: &Reader, subject: ObjectAddress) -> Relation {
        reader.read(subject).expect("the relation is there")
    }

    fn column_names(relation: &Relation) -> Vec<&str> {
        relation.columns.iter().map(|column| column.name.as_str()).collect()
    }

    #[pg_test]
    fn the_past_of_the_transaction_can_be_read() -> SpiResult<()> {
        Spi::run("CREATE TABLE t (a bigint CONSTRAINT pk_t PRIMARY KEY)")?;
        let subject = table("t");
        let start = command_id();
        Spi::run("ALTER TABLE t ADD COLUMN b integer CONSTRAINT ck_t_b CHECK (b > 0)")?;
        Spi::run("ALTER TABLE t RENAME TO u")?;
        let now = Reader::now();
        let (before, after) = (read(&now.before(start), subject), read(&now, subject));
        assert_eq!((before.name.to_string(), column_names(&before)), ("public.t".to_owned(), vec!["a"]));
        assert_eq!((after.name.to_string(), column_names(&after)), ("public.u".to_owned(), vec!["a", "b"]));
        assert_eq!((before.constraints.len(), after.constraints.len()), (1, 2));
        Spi::run("DROP TABLE u")?;
        assert!(Reader::now().read(subject).is_none(), "it is gone");
        assert!(Reader::now().before(start).read(subject).is_some(), "it was there");
        Ok(())
    }

    #[pg_test]
    fn a_foreign_key_is_read_with_everything_it_says() -> SpiResult<()> {
        Spi::run("CREATE TABLE parent (a bigint, b bigint, CONSTRAINT pk_parent PRIMARY KEY (a, b))")?;
        Spi::run(
            "CREATE TABLE child (x bigint, y bigint, CONSTRAINT fk_child FOREIGN KEY (y, x) REFERENCES parent (a, b) \
             MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED)",
        )?;
        let child = read(&Reader::now(), table("child"));
        let [constraint] = child.constraints.as_slice() else { panic!("{:?}", child.constraints) };
        assert_eq!((constraint.kind, constraint.name.as_str()), (ConstraintKind::ForeignKey, "fk_child"));
        assert_eq!(constraint.columns, [2, 1]);
        let key = constraint.foreign_key.as_ref().unwrap();
        assert_eq!(ObjectAddress::Relation(key.referenced_table), table("parent"));
        assert_eq!((key.on_update, key.on_delete), (Action::Cascade, Action::SetNull));
        assert!(
            key.match_full && key.deferrable && key.initially_deferred && constraint.validated && constraint.enforced
        );
        Ok(())
    }

    #[pg_test]
    fn the_condition_of_an_index_is_classified() -> SpiResult<()> {
        Spi::run("CREATE TABLE t (a integer, b integer)")?;
        for (condition, expected) in [
            ("", Predicate::None),
            ("WHERE a IS NOT NULL", Predicate::NotNull(vec![1])),
            ("WHERE b IS NOT NULL AND a IS NOT NULL", Predicate::NotNull(vec![2, 1])),
            ("WHERE a IS NULL", Predicate::Other),
            ("WHERE a IS NOT NULL OR b IS NOT NULL", Predicate::Other),
            ("WHERE a IS NOT NULL AND b > 0", Predicate::Other),
        ] {
            Spi::run(&format!("CREATE INDEX i ON t (a) {condition}"))?;
            let found = read(&Reader::now(), table("t")).indexes;
            assert_eq!(found[0].predicate, expected, "{condition}");
            Spi::run("DROP INDEX i")?;
        }
        Ok(())
    }

    #[pg_test]
    fn a_type_is_traced_to_what_it_is_made_of() -> SpiResult<()> {
        Spi::run("CREATE TYPE pair AS (first tsrange[], second integer)")?;
        Spi::run("CREATE DOMAIN pairs AS pair[]")?;
        let range = if cfg!(feature = "pg13") { "tsrange" } else { "tsmultirange" };
        Spi::run(&format!("CREATE TABLE t (a pairs, b timestamp, c timestamptz, d {range})"))?;
        let columns = read(&Reader::now(), table("t")).columns;
        let made_of_timestamp: Vec<bool> = columns.iter().map(|column| column.data_type.contains(TIMESTAMP)).collect();
        assert_eq!(made_of_timestamp, [true, true, false, true]);
        Ok(())
    }

    #[pg_test]
    fn every_rule_and_option_is_a_setting_of_the_superusers() -> SpiResult<()> {
        let names = ["mode", "preset", "max_messages", "journal", "log_refusals"].into_iter();
        let names = names.chain(rules::ALL.iter().map(|rule| rule.id));
        let names: Vec<&str> = names.chain(rules::OPTIONS.iter().map(|option| option.name())).collect();
        for name in &names {
            let found = number(&format!(
                "SELECT count(*) FROM pg_settings WHERE name = 'guardrail.{name}' AND context = 'superuser' \
                 AND short_desc ~ '^Sets .*[.]$'"
            ));
            assert_eq!(found, 1, "{name}");
        }
        let all = number("SELECT count(*) FROM pg_settings WHERE name LIKE 'guardrail.%'");
        assert_eq!(all, names.len() as i64, "there is no other one");
        Ok(())
    }

    #[pg_test]
    fn a_changed_setting_is_in_force_at_once() -> SpiResult<()> {
        let rule = rules::ALL[0];
        Spi::run(&format!("SET guardrail.mode = enforce; SET guardrail.{} = notice", rule.id))?;
        assert_eq!((guc::mode(), guc::in_force().mode), (Mode::Enforce, Mode::Enforce));
        assert_eq!(guc::in_force().level(rule.id), Level::Notice);
        let shown = word(&format!("SELECT level FROM guardrail.rules WHERE id = '{}'", rule.id));
        assert_eq!(shown, "notice");
        Spi::run(&format!("RESET guardrail.mode; SET guardrail.preset = none; RESET guardrail.{}", rule.id))?;
        assert_eq!(guc::in_force().level(rule.id), Level::Off);
        Ok(())
    }

    #[pg_test]
    fn an_option_that_was_not_set_shows_its_default() {
        for option in rules::OPTIONS.iter() {
            let shown = word(&format!("SELECT current_setting('guardrail.{}')", option.name()));
            assert_eq!(shown, option.default_under(guc::in_force().preset), "{}", option.name());
        }
    }

    #[pg_test]
    fn violations_can_be_read_after_the_refusal() -> SpiResult<()> {
        Spi::run("SET guardrail.preset = core; SET guardrail.mode = enforce")?;
        Spi::run(
            "DO $$ BEGIN CREATE TABLE \"Größe\" (\"am \"\"1.\"\"\" timestamp); \
             EXCEPTION WHEN sqlstate '42R01' THEN NULL; END $$",
        )?;
        let found = "SELECT concat_ws(' ', rule, level, moment, object_kind, schema_name, table_name, column_name, \
                     data_type) FROM guardrail.last_violations()";
        assert_eq!(
            word(found),
            "timestamp_without_time_zone error statement column public Größe am \"1.\" pg_catalog.timestamp"
        );
        assert_eq!(number("SELECT count(*) FROM guardrail.last_violations()"), 1);
        Ok(())
    }

    #[pg_test(error = "column \"at\" of table \"public.t\" is of type timestamp without time zone")]
    fn a_refusal_ends_the_statement() -> SpiResult<()> {
        Spi::run("SET guardrail.preset = core; SET guardrail.mode = enforce")?;
        Spi::run("CREATE TABLE t (at timestamp)")
    }

    /// Whether checks that fail like this refuse the statement, in a mode.
    fn is_refused(mode: &str, checks: fn()) -> SpiResult<bool> {
        Spi::run(&format!("SET guardrail.mode = {mode}; CREATE TABLE IF NOT EXISTS kept (id int)"))?;
        let run = || {
            run_guarded(|| {
                checks();
                Vec::new()
            })
        };
        // Where it refuses, the caller raises the error, and what the checks have done is undone.
        let error = if mode == "enforce" { undo(run) } else { run() };
        assert_eq!(number("SELECT count(*) FROM pg_class WHERE relname = 'kept'"), 1, "the transaction goes on");
        assert_eq!(number("SELECT count(*) FROM pg_class WHERE relname = 'lost'"), 0, "what the checks did is undone");
        Ok(error.is_some())
    }

    #[pg_test]
    fn a_failure_of_the_checks_refuses_nothing_but_in_enforce() -> SpiResult<()> {
        let failures: [fn(); 2] = [|| Spi::run("CREATE TABLE lost (id int); SELECT 1 / 0").unwrap(), || panic!("oh")];
        for checks in failures {
            assert!(!is_refused("warn", checks)?);
            assert!(is_refused("enforce", checks)?);
        }
        Ok(())
    }

    #[pg_test]
    fn membership_is_what_was_granted() -> SpiResult<()> {
        let among =
            |names: &[&str]| current_role_is_among(&names.iter().map(|name| name.to_string()).collect::<Vec<_>>());
        Spi::run("CREATE ROLE guardrail_group; CREATE ROLE guardrail_member IN ROLE guardrail_group")?;
        assert!(!among(&["guardrail_group"]), "a superuser is no member by being one");
        Spi::run("SET ROLE guardrail_member")?;
        assert!(among(&["nobody", "guardrail_group"]) && among(&["guardrail_member"]));
        assert!(!among(&["guardrail_Group"]) && !among(&[]));
        Ok(())
    }

    #[pg_test]
    fn text_survives_the_way_to_the_server_and_back() {
        let and_back = |sent: &str| {
            let there = text::to_server(sent);
            // SAFETY: `to_server` gives a NUL-terminated string in the server's encoding.
            unsafe { text::from_server(there) }
        };
        for sent in ["", "plain", "größe 名前 🐘", "a 'quoted' \"name\"\nover two lines"] {
            assert_eq!(and_back(sent), sent);
        }
        assert_eq!(and_back("before\0after"), "before");
    }
}
