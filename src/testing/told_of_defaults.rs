//! What a test tells of defaults and of domains.

use super::FakeCatalog;
use crate::facts::{AttrNumber, DefaultTime, Oid};

impl FakeCatalog {
    /// The default of a column, as SQL, and what it gives.
    pub fn default_of_time(self, column: AttrNumber, default: &str, time: DefaultTime) -> Self {
        let mut told = self.column_default(column, default);
        told.default_times.insert(column, time);
        told
    }

    /// In the partitions and children of every table, columns have other defaults.
    pub fn heirs_have_other_default(mut self) -> Self {
        self.heirs_have_other_default = true;
        self
    }

    /// A domain that has a default or a check or refuses NULL.
    pub fn full_domain(mut self, domain: Oid) -> Self {
        self.full_domains.push(domain);
        self
    }

    /// The default of every domain, and what else follows its type. It is a check of `true` if a test says nothing.
    pub fn domain_clauses(mut self, default: Option<&str>, others: &str) -> Self {
        self.domain_clauses = Some(default.map_or(String::new(), |default| format!(" DEFAULT {default}")) + others);
        self.domain_default = default.map(str::to_owned);
        self
    }
}
