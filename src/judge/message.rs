//! From violations to messages: the only place where their form is decided.

use super::listing::{ALL_VIOLATIONS, list_fixes, list_violations, name_rule};
use super::waiver::name_waiver;
use super::{Occasion, TRANSACTION};
use crate::rule::Violation;
use crate::settings::{Level, Mode};
use crate::sql::quote_qualified;

/// One message to the client.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// `Error` refuses; the others let the statement go on.
    pub severity: Level,
    pub message: String,
    pub detail: String,
    pub hint: String,
    pub fields: Fields,
}

/// What drivers show without parsing. A field is set if all violations of the message agree on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields {
    pub schema: Option<String>,
    pub table: Option<String>,
    pub column: Option<String>,
    pub constraint: Option<String>,
    pub data_type: Option<String>,
}

/// How many rules the sentence about several violations names at most.
const MAX_RULES_NAMED: usize = 10;

/// One report for each notice or warning, up to `max_messages`; if there are more, one that tells how many; then one
/// report for all errors.
pub fn compose(violations: &[Violation], occasion: Occasion<'_>, mode: Mode, max_messages: usize) -> Vec<Report> {
    let is_refused = |violation: &&Violation| violation.level == Level::Error && mode == Mode::Enforce;
    let (refused, let_through): (Vec<&Violation>, Vec<&Violation>) = violations.iter().partition(is_refused);
    let (shown, left_out) = select_gravest(let_through, max_messages);
    let is_refused = !refused.is_empty();
    let mut reports: Vec<Report> =
        shown.into_iter().map(|violation| report_one(violation, occasion, mode, is_refused)).collect();
    if !left_out.is_empty() {
        reports.push(report_left_out(&left_out, occasion.subject, mode, max_messages));
    }
    match refused.as_slice() {
        [] => {}
        [single] => reports.push(report_one(single, occasion, mode, true)),
        several => reports.push(report_together(several, occasion)),
    }
    reports
}

/// That a client command has more violations than are remembered.
pub fn too_many_to_remember(limit: usize) -> Report {
    Report {
        severity: Level::Warning,
        message: format!("guardrail.last_violations() lists only the first {limit} violations of this command"),
        detail: String::new(),
        hint: String::new(),
        fields: Fields::default(),
    }
}

/// Splits off the violations beyond a number, those of the lowest levels. The order remains.
fn select_gravest(violations: Vec<&Violation>, number: usize) -> (Vec<&Violation>, Vec<&Violation>) {
    let mut levels: Vec<Level> = violations.iter().map(|violation| violation.level).collect();
    levels.sort_unstable_by(|a, b| b.cmp(a));
    let Some(last_level) = levels.get(number.saturating_sub(1)).copied().filter(|_| levels.len() > number) else {
        return (violations, Vec::new());
    };
    let mut room = levels[..number].iter().filter(|level| **level == last_level).count();
    violations.into_iter().partition(|violation| {
        let fits = violation.level > last_level || (violation.level == last_level && room > 0);
        room -= usize::from(fits && violation.level == last_level);
        fits
    })
}

/// The level that a violation is shown at.
fn severity(violation: &Violation, mode: Mode) -> Level {
    if mode == Mode::Enforce { violation.level } else { violation.level.min(Level::Warning) }
}

fn report_one(violation: &Violation, occasion: Occasion<'_>, mode: Mode, is_refused: bool) -> Report {
    let severity = severity(violation, mode);
    let note = if severity < violation.level { " Shown as a warning: guardrail.mode is warn." } else { "" };
    let waiver = if severity == Level::Error { name_waiver(&[violation]) } else { String::new() };
    Report {
        severity,
        message: violation.message.clone(),
        detail: format!("{}{note} {}{waiver}", violation.reason, name_rule(violation)),
        hint: list_fixes(&[violation], occasion, is_refused),
        fields: fields(&[violation]),
    }
}

fn report_left_out(violations: &[&Violation], subject: &str, mode: Mode, max_messages: usize) -> Report {
    let subject = name_subject(subject, violations);
    let count_of = |rule| violations.iter().filter(|violation| violation.rule == rule).count();
    let counts: Vec<String> =
        rules_of(violations).into_iter().map(|rule| format!("{rule} ({})", count_of(rule))).collect();
    let conventions = if violations.len() == 1 { "convention" } else { "conventions" };
    Report {
        severity: violations.iter().map(|violation| severity(violation, mode)).max().unwrap_or(Level::Notice),
        message: format!("{subject} breaks {} more {conventions}: {ALL_VIOLATIONS}", violations.len()),
        detail: format!("guardrail.max_messages is {max_messages}. Not shown: {}.", counts.join(", ")),
        hint: String::new(),
        fields: fields(violations),
    }
}

fn report_together(violations: &[&Violation], occasion: Occasion<'_>) -> Report {
    let mut rules = rules_of(violations);
    let unnamed = rules.len().saturating_sub(MAX_RULES_NAMED);
    rules.truncate(MAX_RULES_NAMED);
    let and_more = if unnamed > 0 { format!(" and {unnamed} more") } else { String::new() };
    Report {
        severity: Level::Error,
        message: format!(
            "{} breaks {} conventions: {}{and_more}",
            name_subject(occasion.subject, violations),
            violations.len(),
            rules.join(", ")
        ),
        detail: list_violations(violations) + &name_waiver(violations),
        hint: list_fixes(violations, occasion, true),
        fields: fields(violations),
    }
}

/// The rules of some violations, each once.
fn rules_of(violations: &[&Violation]) -> Vec<&'static str> {
    let mut rules: Vec<&'static str> = Vec::new();
    for violation in violations {
        if !rules.contains(&violation.rule) {
            rules.push(violation.rule);
        }
    }
    rules
}

/// What was checked, with the name of the relation if all violations are about one:
/// `CREATE TABLE public.orders`, `DROP INDEX on public.orders`.
fn name_subject(subject: &str, violations: &[&Violation]) -> String {
    let first = violations[0];
    let is_one = violations.iter().all(|violation| violation.relation == first.relation);
    if subject == TRANSACTION || !is_one || first.relation.name.is_empty() {
        return subject.to_owned();
    }
    let object = subject.trim_end_matches(" AS");
    let is_object = match first.is_table {
        true => object.ends_with(" TABLE") || object == "SELECT INTO",
        false => object.ends_with(" TYPE") || object.ends_with(" DOMAIN"),
    };
    let on = if is_object && !object.starts_with("DROP ") { "" } else { "on " };
    format!("{subject} {on}{}", quote_qualified(&first.relation))
}

fn fields(violations: &[&Violation]) -> Fields {
    let common = |field: &dyn Fn(&Violation) -> Option<String>| {
        let first = field(violations[0]);
        first.filter(|value| violations.iter().all(|v| field(v).as_ref() == Some(value)))
    };
    let relation_as_type = |v: &Violation| (!v.is_table).then(|| v.relation.clone());
    let data_type = |v: &Violation| relation_as_type(v).or_else(|| v.data_type.clone());
    // The name of a column or a constraint means nothing without its relation.
    let of_one = violations.iter().all(|v| v.relation == violations[0].relation);
    Fields {
        schema: common(&|v| Some(v.relation.schema.clone())),
        table: common(&|v| v.is_table.then(|| v.relation.name.clone())),
        column: common(&|v| v.column.clone()).filter(|_| of_one),
        constraint: common(&|v| v.constraint.clone().or_else(|| v.index.clone())).filter(|_| of_one),
        data_type: common(&|v| data_type(v).map(|name| name.name)),
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::facts::QualifiedName;
    use crate::rule::{Fix, FixApplies, Moment};

    pub fn violation(rule: &'static str, level: Level, table: &str) -> Violation {
        Violation {
            rule,
            level,
            moment: Moment::Statement,
            object_kind: "column",
            relation: QualifiedName::new("public", table),
            is_table: true,
            column: Some("at".into()),
            constraint: None,
            index: None,
            data_type: Some(QualifiedName::new("pg_catalog", "timestamp")),
            lacks: None,
            relation_of_statement: None,
            message: format!("{rule} in {table}"),
            reason: "It hurts.".into(),
            fix: Fix { applies: FixApplies::InPlace, lines: vec![format!("FIX {table};")], ..Fix::default() },
            fingerprint: String::new(),
            is_certain: true,
        }
    }

    fn of(subject: &str) -> Occasion<'_> {
        Occasion { subject, is_alone: true }
    }

    const NO_LIMIT: usize = usize::MAX;

    #[test]
    fn one_violation_is_a_message_of_its_own() {
        let reports = compose(&[violation("r", Level::Error, "t")], of("CREATE TABLE"), Mode::Enforce, NO_LIMIT);
        assert_eq!(reports.len(), 1);
        assert_eq!(reports[0].message, "r in t");
        assert_eq!(
            reports[0].detail,
            "It hurts. Rule: r (error).\nTo exempt it: SELECT guardrail.exempt('r', 'public.t', 'at', reason => '…');"
        );
        assert_eq!(reports[0].hint, "Before it run:\nFIX t;");
        assert_eq!(reports[0].fields.table.as_deref(), Some("t"));
        assert_eq!(reports[0].fields.data_type.as_deref(), Some("timestamp"));
    }

    #[test]
    fn several_refused_violations_share_the_last_message() {
        let all =
            [violation("a", Level::Error, "t"), violation("b", Level::Notice, "t"), violation("c", Level::Error, "u")];
        let reports = compose(&all, of("CREATE SCHEMA"), Mode::Enforce, NO_LIMIT);
        assert_eq!(reports.len(), 2);
        assert_eq!(reports[0].severity, Level::Notice);
        assert_eq!(reports[1].message, "CREATE SCHEMA breaks 2 conventions: a, c");
        let detail = "a: a in t. It hurts. Rule: a (error).\nc: c in u. Rule: c (error).\nTo exempt them, one by one: \
                      SELECT guardrail.exempt('a', 'public.t', 'at', reason => '…');";
        assert_eq!(reports[1].detail, detail);
        assert_eq!(reports[1].hint, "Before it run:\nFIX t;\nFIX u;");
        assert_eq!(reports[1].fields.schema.as_deref(), Some("public"));
        assert_eq!(reports[1].fields.table, None, "they are about two tables");
        assert_eq!(reports[1].fields.column, None, "and about two columns of one name");
    }

    #[test]
    fn in_warn_mode_errors_are_warnings_one_by_one() {
        let all = [violation("a", Level::Error, "t"), violation("c", Level::Error, "u")];
        let reports = compose(&all, of("CREATE TABLE"), Mode::Warn, NO_LIMIT);
        assert_eq!(reports.len(), 2);
        assert!(reports.iter().all(|r| r.severity == Level::Warning));
        assert_eq!(reports[0].detail, "It hurts. Shown as a warning: guardrail.mode is warn. Rule: a (error).");
    }

    #[test]
    fn the_relation_is_named_if_there_is_only_one() {
        let headline = |subject: &str, violations: &[Violation]| {
            let mut reports = compose(violations, of(subject), Mode::Enforce, NO_LIMIT);
            reports.pop().unwrap().message
        };
        let of = |table| [violation("a", Level::Error, table), violation("a", Level::Error, table)];
        assert_eq!(headline("CREATE TABLE", &of("t")), "CREATE TABLE public.t breaks 2 conventions: a");
        assert_eq!(headline("CREATE TABLE AS", &of("T")), "CREATE TABLE AS public.\"T\" breaks 2 conventions: a");
        assert_eq!(headline("DROP INDEX", &of("t")), "DROP INDEX on public.t breaks 2 conventions: a");
        assert_eq!(headline("DROP TABLE", &of("t")), "DROP TABLE on public.t breaks 2 conventions: a");
        assert_eq!(headline("ALTER TYPE", &of("t")), "ALTER TYPE on public.t breaks 2 conventions: a");
        let of_type = of("t").map(|violation| Violation { is_table: false, ..violation });
        assert_eq!(headline("ALTER TYPE", &of_type), "ALTER TYPE public.t breaks 2 conventions: a");
        assert_eq!(headline(TRANSACTION, &of("t")), "transaction breaks 2 conventions: a");
        let of_none = of("").map(|violation| Violation { relation: QualifiedName::default(), ..violation });
        assert_eq!(headline("CREATE TABLE", &of_none), "CREATE TABLE breaks 2 conventions: a");
    }

    #[test]
    fn only_so_many_rules_are_named() {
        const RULES: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
        let all = RULES.map(|rule| violation(rule, Level::Error, "t"));
        let reports = compose(&all, of("CREATE TABLE"), Mode::Enforce, NO_LIMIT);
        assert!(reports[0].message.ends_with("12 conventions: a, b, c, d, e, f, g, h, i, j and 2 more"));
        assert_eq!(reports[0].detail.lines().count(), RULES.len() + 1, "and how to exempt them");
    }

    #[test]
    fn beyond_the_limit_the_gravest_are_shown_and_the_rest_are_counted() {
        let levels = [Level::Notice, Level::Warning, Level::Notice, Level::Error, Level::Notice];
        let all = levels.map(|level| violation(level.word(), level, "t"));
        let reports = compose(&all, of("ALTER TABLE"), Mode::Warn, 3);
        let shown: Vec<_> = reports.iter().map(|report| report.message.as_str()).collect();
        let left_out = "ALTER TABLE public.t breaks 2 more conventions: SELECT * FROM guardrail.last_violations()";
        assert_eq!(shown, ["notice in t", "warning in t", "error in t", left_out]);
        assert_eq!(reports[3].severity, Level::Notice);
        assert_eq!(reports[3].detail, "guardrail.max_messages is 3. Not shown: notice (2).");
        assert!(compose(&all, of("ALTER TABLE"), Mode::Warn, 4)[4].message.contains(" 1 more convention: "));
        assert_eq!(compose(&all, of("ALTER TABLE"), Mode::Warn, 5).len(), 5);
        let enforced = compose(&all, of("ALTER TABLE"), Mode::Enforce, 1);
        let severities: Vec<_> = enforced.iter().map(|report| report.severity).collect();
        assert_eq!(severities, [Level::Warning, Level::Notice, Level::Error], "an error is not left out");
    }
}
