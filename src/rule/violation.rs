//! A violation as it is reported.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::Moment;
use crate::facts::{Oid, QualifiedName};
use crate::settings::Level;

/// One reported violation with everything it carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    // The rule.
    pub rule: &'static str,
    /// The rule's level, before the mode turns an error into a warning.
    pub level: Level,
    pub moment: Moment,

    // Which object it is about.
    /// `table`, `foreign table`, `column`, `constraint`, `index`, `type`, `domain`, `statement` or `transaction`.
    pub object_kind: &'static str,
    pub relation: QualifiedName,
    /// Whether the relation is a table (and not a type).
    pub is_table: bool,
    pub column: Option<String>,
    pub constraint: Option<String>,
    pub index: Option<String>,
    pub data_type: Option<QualifiedName>,
    /// The name of what the relation lacks, where the violation is that.
    pub lacks: Option<String>,
    /// Where it is about a statement as a whole: a relation that the statement is about.
    pub relation_of_statement: Option<QualifiedName>,

    // What is wrong, why it matters, and what to do.
    pub message: String,
    pub reason: Cow<'static, str>,
    pub fix: Fix,

    // By what it is known again.
    /// Equal wherever and whenever the same violation is found; see [`super::fingerprint`].
    pub fingerprint: String,
    /// Whether it is a violation for certain. What only a statement can know is a guess when the statement is over.
    pub is_certain: bool,
}

impl Violation {
    /// The name of the column, constraint or index that it is about; `None` for a relation as a whole, a statement or a
    /// transaction.
    pub fn part(&self) -> Option<&str> {
        self.column.as_deref().or(self.constraint.as_deref()).or(self.index.as_deref())
    }

    /// The relation that it is about, or one of those that its statement is about, if there is one.
    pub fn relation_or_that_of_statement(&self) -> Option<&QualifiedName> {
        let own = Some(&self.relation).filter(|relation| !relation.name.is_empty());
        own.or(self.relation_of_statement.as_ref())
    }
}

/// What makes a violation right.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fix {
    pub applies: FixApplies,
    pub phase: Phase,
    /// What to know before running it.
    pub caution: Option<String>,
    /// Statements, which end in semicolons, the elements of a refused statement, or comments: one a line.
    pub lines: Vec<String>,
    /// The constraints and indexes that it changes or drops.
    pub parts: Vec<Oid>,
    /// Those of them that it drops.
    pub drops: Vec<Oid>,
}

/// Stands between the cautions of a fix.
pub const BETWEEN_CAUTIONS: &str = "; ";

/// The fixes that are repeated because several violations share them are no longer than this together, in bytes.
const MAX_REPEATED: usize = 1 << 22;

impl Fix {
    /// A fix that only a person can make: sentences.
    pub fn by_hand(text: &str) -> Self {
        Self { phase: Phase::ByHand, lines: vec![crate::sql::comment(text)], ..Self::default() }
    }

    /// Makes fixes that would be in each other's way the same, so that each can be run by itself, and all of them one after
    /// the other, equal ones once. Where one drops what another one changes or drops, it is the one of them that does more.
    /// Those that have statements in common become one. Where that would repeat too much, only one of them has it.
    pub fn share<'f>(fixes: impl Iterator<Item = &'f mut Self>) {
        let mut fixes: Vec<&mut Self> = fixes.filter(|fix| fix.applies != FixApplies::ByHand).collect();
        let mut room = MAX_REPEATED;
        Self::share_drops(&mut fixes, &mut room);
        fixes.retain(|fix| fix.applies != FixApplies::ByHand);
        Self::share_statements(&mut fixes, &mut room);
    }

    /// The same fix for another violation, if there is room for it.
    fn repeat(&self, room: &mut usize) -> Self {
        let length = self.lines.iter().map(String::len).sum();
        match room.checked_sub(length) {
            Some(rest) => {
                *room = rest;
                self.clone()
            }
            None => Self::by_hand("The fix of another violation does this, too."),
        }
    }

    fn share_drops(fixes: &mut [&mut Self], room: &mut usize) {
        let mut best: HashMap<Oid, usize> = HashMap::new();
        for (at, fix) in fixes.iter().enumerate() {
            for part in &fix.drops {
                let known = best.entry(*part).or_insert(at);
                if fixes[*known].lines.len() < fix.lines.len() {
                    *known = at;
                }
            }
        }
        for at in 0..fixes.len() {
            let other = fixes[at].parts.iter().find_map(|part| best.get(part)).copied();
            if let Some(other) = other.filter(|other| *other != at) {
                *fixes[at] = fixes[other].repeat(room);
            }
        }
    }

    fn share_statements(fixes: &mut [&mut Self], room: &mut usize) {
        // For each fix, an earlier one of the same group, or itself.
        let mut group: Vec<usize> = (0..fixes.len()).collect();
        let mut first: HashMap<&str, usize> = HashMap::new();
        for (at, fix) in fixes.iter().enumerate() {
            for line in &fix.lines {
                let known = *first.entry(line).or_insert(at);
                let (known, own) = (find_root(&mut group, known), find_root(&mut group, at));
                group[known.max(own)] = known.min(own);
            }
        }
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in 0..fixes.len() {
            members.entry(find_root(&mut group, at)).or_default().push(at);
        }
        for mut members in members.into_values() {
            if members.iter().all(|at| fixes[*at].lines == fixes[members[0]].lines) {
                continue;
            }
            members.sort_by_key(|at| fixes[*at].phase);
            let merged = Self::merge(members.iter().map(|at| &*fixes[*at]));
            for at in &members[1..] {
                *fixes[*at] = merged.repeat(room);
            }
            *fixes[members[0]] = merged;
        }
    }

    /// One fix that does what these do, in their order.
    fn merge<'f>(fixes: impl Iterator<Item = &'f Self>) -> Self {
        let mut merged = Self::default();
        let mut cautions: Vec<String> = Vec::new();
        for fix in fixes {
            merged.applies = fix.applies;
            merged.phase = merged.phase.max(fix.phase);
            let is_new = |line: &&String| !merged.lines.contains(line);
            let new: Vec<String> = fix.lines.iter().filter(is_new).cloned().collect();
            merged.lines.extend(new);
            merged.parts.extend_from_slice(&fix.parts);
            merged.drops.extend_from_slice(&fix.drops);
            for caution in fix.caution.iter().flat_map(|caution| caution.split(BETWEEN_CAUTIONS)) {
                if !cautions.iter().any(|known| known == caution) {
                    cautions.push(caution.to_owned());
                }
            }
        }
        // What is to be run before the statement stands before its elements.
        if merged.applies == FixApplies::Instead {
            merged.lines.sort_by_key(|line| !line.ends_with(';'));
        }
        merged.caution = (!cautions.is_empty()).then(|| cautions.join(BETWEEN_CAUTIONS));
        merged
    }

    /// The refused statement says IF NOT EXISTS: so does what it begins with instead.
    pub fn keep_if_not_exists(&mut self) {
        for line in self.lines.iter_mut().filter(|line| !line.ends_with(';')) {
            for head in ["CREATE TABLE ", "CREATE FOREIGN TABLE "] {
                if let Some(name) = line.strip_prefix(head) {
                    *line = format!("{head}IF NOT EXISTS {name}");
                }
            }
        }
    }

    /// All of it as one text.
    pub fn text(&self) -> String {
        self.lines.join("\n")
    }
}

/// When the SQL of a fix is run, among the fixes of a statement or a transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    #[default]
    Types,
    Columns,
    Constraints,
    Drops,
    /// Renames of columns, constraints and indexes: what is run before uses the old names.
    PartNames,
    RelationNames,
    /// There is nothing to run.
    ByHand,
}

/// The first member of a group; the way to it becomes shorter.
fn find_root(group: &mut [usize], mut at: usize) -> usize {
    while group[at] != at {
        group[at] = group[group[at]];
        at = group[at];
    }
    at
}

/// How a fix is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FixApplies {
    /// It is written in the place of the faulty part of a refused statement.
    Instead,
    /// It is run before COMMIT, together with what was refused.
    SameTransaction,
    /// It is run now.
    InPlace,
    /// A person has to decide; there is only a comment.
    #[default]
    ByHand,
}

impl FixApplies {
    /// As it stands in `last_violations()`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Instead => "instead",
            Self::SameTransaction => "same transaction",
            Self::InPlace => "in place",
            Self::ByHand => "by hand",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixes_that_become_one_have_each_caution_once() {
        let fix = |line: &str, caution: &str| {
            let lines = vec![line.to_owned(), "shared;".to_owned()];
            Fix { applies: FixApplies::InPlace, lines, caution: Some(caution.to_owned()), ..Fix::default() }
        };
        let mut fixes =
            [fix("a;", "reads old values as UTC; rewrites the table"), fix("b;", "drops an index; rewrites the table")];
        Fix::share(fixes.iter_mut());
        let caution = "reads old values as UTC; rewrites the table; drops an index";
        assert!(fixes.iter().all(|fix| fix.caution.as_deref() == Some(caution)), "{fixes:?}");
    }
}
