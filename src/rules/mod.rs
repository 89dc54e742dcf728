//! The rules, one file each.

use crate::rule::Rule;

/// Declares the modules of the rules and the list of them. A rule is its file and its line here.
macro_rules! rules {
    ($($id:ident),+ $(,)?) => {
        $(pub mod $id;)+

        /// Every rule, in the order in which they are listed and reported.
        pub static ALL: &[&Rule] = &[$(&$id::RULE),+];

        /// The names of their files.
        #[cfg(test)]
        const FILES: &[&str] = &[$(stringify!($id)),+];
    };
}

rules! {
    fk_without_on_delete,
    fk_without_index,
    timestamp_without_time_zone,
    unnamed_constraint,
    unrecorded_migration,
    direct_ddl,
    destructive_change,
    table_without_primary_key,
    disallowed_primary_key_type,
    missing_required_column,
    nullable_column,
    nullable_boolean,
    inexact_money,
    unbounded_string,
    check_instead_of_enum,
    join_table_without_composite_key,
    misnamed_index,
    misnamed_constraint,
    misnamed_table,
    misnamed_column,
    misnamed_type,
    tenant_index_too_short,
    fk_type_mismatch,
    discouraged_type,
    duplicate_index,
    redundant_index,
    duplicate_fk,
    identifier_too_long,
    identifier_needs_quotes,
    constraint_not_validated,
    table_without_comment,
    column_without_comment,
    rls_disabled,
    unlogged_table,
}

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.id == id).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_has_the_name_of_its_file() {
        let ids: Vec<&str> = ALL.iter().map(|rule| rule.id).collect();
        assert_eq!(ids, FILES);
    }

    #[test]
    fn declarations_keep_to_the_style() {
        for rule in ALL {
            assert!(!rule.summary.ends_with('.') && rule.summary.starts_with("a"), "{}", rule.id);
            assert!(rule.reason.ends_with('.') && rule.reason.len() < 250, "{}", rule.id);
            for text in [rule.explanation, rule.bad, rule.good] {
                assert!(!text.trim().is_empty(), "{}", rule.id);
            }
        }
    }
}
