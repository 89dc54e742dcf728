//! pg_guardrail enforces schema conventions in PostgreSQL at the moment DDL runs.
//!
//! PostgreSQL calls `entry`, which hands over to `guard`, the life of a statement. `guard` reads facts through `pg`, has
//! `judge` compare them by the `rules`, and gives reports back. Only `entry` and `pg` touch PostgreSQL; everything else is
//! plain Rust. Each folder uses only those below it; docs/architecture.md has the order.
#![deny(unsafe_code)]

#[allow(unsafe_code)]
mod entry;
mod facts;
mod fix;
mod guard;
mod judge;
#[allow(unsafe_code)]
mod pg;
mod predicates;
mod reports;
mod rule;
mod rules;
mod settings;
mod sql;
#[cfg(test)]
mod testing;

pgrx::pg_module_magic!(name, version);

pgrx::extension_sql_file!("../sql/pg_guardrail.sql", name = "pg_guardrail");

/// Called by PostgreSQL when it loads the library.
#[pgrx::pg_guard]
pub extern "C-unwind" fn _PG_init() {
    entry::register();
}

/// What `cargo pgrx test` starts its server with.
#[cfg(test)]
pub mod pg_test {
    pub fn setup(_options: Vec<&str>) {}

    pub fn postgresql_conf_options() -> Vec<&'static str> {
        vec![]
    }
}
