//! How many violations there are of what.

use std::collections::BTreeMap;

use super::Entry;
use crate::rule::Status;
use crate::settings::Level;

/// Counts violations. Its size depends on how many rules and schemas there are, not on how many violations.
#[derive(Default)]
pub struct Totals {
    counts: BTreeMap<Counted, usize>,
    /// Whether violations came from files. Then the database is one that was made for the check, of which nobody knows.
    pub has_files: bool,
}

/// What is counted apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counted {
    pub rule: &'static str,
    pub level: Level,
    pub status: Status,
    pub schema: String,
}

impl Totals {
    pub fn add(&mut self, entry: &Entry) {
        self.has_files |= entry.file.is_some();
        let counted = Counted {
            rule: entry.rule.id,
            level: entry.level,
            status: entry.status,
            schema: entry.schema_name.clone(),
        };
        *self.counts.entry(counted).or_default() += 1;
    }

    /// How many there are of which something is true.
    pub fn count(&self, is_wanted: impl Fn(&Counted) -> bool) -> usize {
        self.counts.iter().filter(|(counted, _)| is_wanted(counted)).map(|(_, count)| count).sum()
    }

    /// The numbers by something, in its order.
    pub fn by<'a, K: Ord>(&'a self, key: impl Fn(&'a Counted) -> K) -> BTreeMap<K, usize> {
        let mut by_key = BTreeMap::new();
        for (counted, count) in &self.counts {
            *by_key.entry(key(counted)).or_default() += count;
        }
        by_key
    }
}
