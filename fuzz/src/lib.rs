//! What of the extension needs no PostgreSQL, as far as the properties are about it.

#[path = "../../src/facts/mod.rs"]
pub mod facts;
#[path = "../../src/fix/mod.rs"]
pub mod fix;
#[path = "../../src/judge/mod.rs"]
pub mod judge;
#[path = "../../src/predicates/mod.rs"]
pub mod predicates;
#[path = "../../src/testing/properties/mod.rs"]
pub mod properties;
/// What a report reads; the formats need templates.
#[path = "."]
pub mod reports {
    #[path = "../../src/reports/violation.rs"]
    mod violation;
    pub use violation::Entry;
}
#[path = "../../src/rule/mod.rs"]
pub mod rule;
#[path = "../../src/rules/mod.rs"]
pub mod rules;
#[path = "../../src/settings/mod.rs"]
pub mod settings;
#[path = "../../src/sql/mod.rs"]
pub mod sql;
