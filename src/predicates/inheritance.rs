//! Whether what is wrong with a partition or an inheritance child is reported on its parent.

use crate::facts::{Column, Relation};
use crate::rule::{Context, Finding};

/// Whether a column comes from a parent in which it has the same violation, so that only the parent is reported. What
/// the parent has for itself alone (a check that is NO INHERIT, for example) does not count for the child.
pub fn is_reported_on_parent(
    column: &Column,
    relation: &Relation,
    context: &Context<'_>,
    is_violation: impl Fn(&Column, &Relation) -> bool,
) -> bool {
    let violates = |parent: &Relation| {
        let in_parent = parent.columns.iter().find(|other| other.name == column.name);
        in_parent.is_some_and(|other| is_violation(other, parent))
    };
    column.inherited && context.catalog.parents(relation.oid).iter().any(violates)
}

/// What a rule about a table as a whole says about one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// There is nothing wrong with it.
    Fine,
    /// It violates the rule.
    Violates,
    /// The rule does not check it.
    NotChecked,
}

/// The finding about a table that violates a rule. A partition is reported on the table that it belongs to, unless that
/// one is fine; where that one is not checked, the partition is checked once it stands alone.
pub fn finding_about_table(
    relation: &Relation,
    message: String,
    context: &Context<'_>,
    verdict: impl Fn(&Relation) -> Verdict,
) -> Option<Finding> {
    let finding = Finding::relation(message);
    let mut is_direct_parent = true;
    let mut lowest = relation.clone();
    while lowest.is_partition
        && let Some(parent) = context.catalog.parents(lowest.oid).last().cloned()
    {
        match verdict(&parent) {
            Verdict::NotChecked => return None,
            Verdict::Fine if is_direct_parent => return Some(finding),
            Verdict::Fine => break,
            Verdict::Violates => {}
        }
        (lowest, is_direct_parent) = (parent, false);
    }
    Some(finding.reported_on_parent_if(relation.is_partition))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FakeCatalog, settings, table};

    fn reported(is_partition: bool, of_parent: Verdict) -> Option<bool> {
        let settings = settings(&[]);
        let catalog = FakeCatalog::new().parent(table("parent", vec![]));
        let context = Context { settings: &settings, catalog: &catalog };
        let t = Relation { is_partition, ..table("t", vec![]) };
        let finding = finding_about_table(&t, String::new(), &context, |_| of_parent);
        finding.map(|finding| !finding.baseline_only)
    }

    #[test]
    fn a_partition_is_reported_on_its_parent() {
        assert_eq!(reported(true, Verdict::Violates), Some(false));
        assert_eq!(reported(true, Verdict::Fine), Some(true));
        assert_eq!(reported(true, Verdict::NotChecked), None, "until it stands alone");
        assert_eq!(reported(false, Verdict::NotChecked), Some(true));
    }
}
