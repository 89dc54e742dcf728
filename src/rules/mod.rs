//! The rules, one file each, the list of all rules and options, and the rules that are in force. May use `fix` and what
//! is below it.

use std::sync::LazyLock;

use crate::facts::{AttrNumber, Column, DataType, Oid, Relation};
use crate::rule::{Check, Context, Edit, Rule};
use crate::settings::shared::GENERAL_OPTIONS;
use crate::settings::{AnyOption, Level, Mode, Preset, Settings};
use crate::sql::{quote, quote_qualified};

/// Declares the modules of the rules and the list of them. A new rule needs its file and a line here.
macro_rules! rules {
    ($($id:ident),+ $(,)?) => {
        $(pub mod $id;)+

        /// Every rule, in the order in which they are listed and reported.
        pub static ALL: &[&Rule] = &[$(&$id::RULE),+];

        /// The names of the rules' files.
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
    serial_column,
    duplicate_index,
    redundant_index,
    invalid_index,
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

/// Every option once: first the options that belong to no rule, then those of each rule, in the order of the rules.
pub static OPTIONS: LazyLock<Vec<&'static dyn AnyOption>> = LazyLock::new(|| {
    let mut options = GENERAL_OPTIONS.to_vec();
    for option in ALL.iter().flat_map(|rule| rule.options) {
        if !options.iter().any(|known| known.name() == option.name()) {
            options.push(*option);
        }
    }
    options
});

/// The settings of all rules and options. `level_of` gives a rule's own level, `None` where it follows the preset;
/// `text_of` gives the text of an option by its position in [`OPTIONS`], `None` where none was set.
pub fn settings(
    mode: Mode,
    preset: Preset,
    level_of: impl Fn(&Rule) -> Option<Level>,
    text_of: impl Fn(usize) -> Option<String>,
) -> Settings {
    let levels = ALL.iter().map(|rule| (rule.id, level_of(rule).unwrap_or_else(|| rule.levels.under(preset))));
    let texts = OPTIONS.iter().enumerate().map(|(at, option)| (*option, text_of(at)));
    Settings::new(mode, preset, levels, texts)
}

/// The rules that are not off, with their levels, in the order of [`ALL`].
pub fn in_force(settings: &Settings) -> impl Iterator<Item = (&'static Rule, Level)> {
    // The levels are in the same order as the rules, so one pass over both lists finds them. Both take the id from the
    // rule's declaration, so its address identifies it.
    let mut levels = settings.levels().iter().peekable();
    let mut level_of = move |rule: &Rule| levels.next_if(|(id, _)| std::ptr::eq(*id, rule.id)).map(|(_, level)| *level);
    ALL.iter().filter_map(move |rule| Some((*rule, level_of(rule)?)))
}

/// Whether a rule in force about types would report a column of this type in the place of its own.
fn is_type_reported(column: &Column, data_type: Oid, relation: &Relation, context: &Context<'_>) -> bool {
    let base = context.catalog.base_type(data_type, -1).oid;
    let data_type = DataType { oid: data_type, modifier: -1, component_types: [base].into() };
    let columns = vec![Column { data_type, inherited: false, ..column.clone() }];
    let changed = Relation { columns, ..relation.clone() };
    let mut about_types =
        [&timestamp_without_time_zone::RULE, &inexact_money::RULE, &discouraged_type::RULE].into_iter();
    about_types.any(|rule| {
        let mut findings = Vec::new();
        let is_in_force = context.settings.level(rule.id) != Level::Off;
        if let (Check::Relation(check), true) = (rule.check, is_in_force) {
            check(&changed, context, &mut findings);
        }
        findings.iter().any(|finding| !finding.baseline_only)
    })
}

/// The type of a column that a foreign key references, as SQL.
fn type_of_referenced(table: Oid, column: AttrNumber, data_type: Oid, context: &Context<'_>) -> String {
    let catalog = context.catalog;
    let own = catalog.relation(table).and_then(|table| table.column(column).map(|column| column.data_type.modifier));
    catalog.type_sql(data_type, own.unwrap_or(-1))
}

/// What a person has to do about a foreign key whose column cannot have the type of the column that it references.
fn choose_type_of_key(column: &Column, data_type: Oid, relation: &Relation, context: &Context<'_>) -> Edit {
    let (column, table) = (quote(&column.name), quote_qualified(&relation.name));
    let sql = context.catalog.type_sql(data_type, -1);
    Edit::ByHand(format!(
        "Choose a type for column {column} of table {table} and for the column that it references, and change both \
         together. A column of this name must not be of type {sql}."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Moment;

    #[test]
    fn each_rule_has_the_name_of_its_file() {
        let ids: Vec<&str> = ALL.iter().map(|rule| rule.id).collect();
        assert_eq!(ids, FILES);
    }

    #[test]
    fn each_kind_of_check_has_its_moments() {
        for rule in ALL {
            let is_ever_checked = match rule.check {
                Check::Relation(_) => rule.moment != Moment::Before,
                Check::Intent(_) => rule.moment == Moment::Before,
                Check::Transaction(_) => rule.moment == Moment::Commit,
            };
            assert!(is_ever_checked, "{} is never checked", rule.id);
        }
    }

    #[test]
    fn every_default_can_be_read() {
        for option in OPTIONS.iter() {
            for preset in Preset::ALL {
                let read = option.parse_any(option.default_under(*preset));
                assert!(read.is_ok(), "{} under {}: {read:?}", option.name(), preset.word());
            }
        }
    }

    #[test]
    fn names_of_settings_do_not_clash() {
        let mut names: Vec<_> = OPTIONS.iter().map(|option| option.name()).collect();
        names.extend(ALL.iter().map(|rule| rule.id));
        names.extend(["mode", "preset", "max_messages", "journal", "log_refusals"]);
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn a_rules_own_level_wins_over_the_preset() {
        let level = |own: Option<Level>| settings(Mode::Warn, Preset::None, |_| own, |_| None).level(ALL[0].id);
        assert_eq!(level(Some(Level::Notice)), Level::Notice);
        assert_eq!(level(None), Level::Off);
    }

    #[test]
    fn the_rules_in_force_come_with_their_levels() {
        for preset in Preset::ALL {
            let settings = settings(Mode::Warn, *preset, |_| None, |_| None);
            let found: Vec<_> = in_force(&settings).map(|(rule, level)| (rule.id, level)).collect();
            let levels = ALL.iter().map(|rule| (rule.id, rule.levels.under(*preset)));
            let expected: Vec<_> = levels.filter(|(_, level)| *level != Level::Off).collect();
            assert_eq!(found, expected, "{}", preset.word());
        }
    }

    #[test]
    fn declarations_follow_the_style() {
        const MAX_REASON_LENGTH: usize = 250;
        for rule in ALL {
            assert!(!rule.summary.ends_with('.'), "{}: the summary has no full stop", rule.id);
            assert!(rule.summary.starts_with("a"), "{}: the summary begins with an article", rule.id);
            assert!(rule.reason.ends_with('.'), "{}: the reason is a sentence", rule.id);
            assert!(rule.reason.len() < MAX_REASON_LENGTH, "{}: the reason is too long", rule.id);
            for text in [rule.explanation, rule.bad, rule.good] {
                assert!(!text.trim().is_empty(), "{}: a text is missing", rule.id);
            }
        }
    }
}
