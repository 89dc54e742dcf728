//! From violations to messages: the only place where their form is decided.

use crate::rule::Violation;
use crate::settings::{Level, Mode};

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

/// One report for each notice or warning, then one for all errors. `subject` is what was checked: a command tag, or
/// `transaction`.
pub fn compose(violations: &[Violation], subject: &str, mode: Mode) -> Vec<Report> {
    let is_refused = |violation: &&Violation| violation.level == Level::Error && mode == Mode::Enforce;
    let let_through = violations.iter().filter(|violation| !is_refused(violation));
    let mut reports: Vec<Report> = let_through.map(|violation| report_one(violation, mode)).collect();
    let refused: Vec<&Violation> = violations.iter().filter(is_refused).collect();
    match refused.as_slice() {
        [] => {}
        [single] => reports.push(report_one(single, mode)),
        several => reports.push(report_together(several, subject)),
    }
    reports
}

fn report_one(violation: &Violation, mode: Mode) -> Report {
    let is_error_shown_as_warning = violation.level == Level::Error && mode != Mode::Enforce;
    let note = if is_error_shown_as_warning { " Shown as a warning: guardrail.mode is warn." } else { "" };
    Report {
        severity: if is_error_shown_as_warning { Level::Warning } else { violation.level },
        message: violation.message.clone(),
        detail: format!("{} Rule: {} ({}).{note}", violation.reason, violation.rule, violation.level.word()),
        hint: violation.fix.clone(),
        fields: fields(&[violation]),
    }
}

fn report_together(violations: &[&Violation], subject: &str) -> Report {
    let lines = |text: fn(&Violation) -> String| {
        let mut lines: Vec<String> = Vec::new();
        for line in violations.iter().map(|violation| text(violation)) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines.join("\n")
    };
    Report {
        severity: Level::Error,
        message: format!("{subject} breaks {} conventions", violations.len()),
        detail: lines(|violation| format!("{}: {}", violation.rule, violation.message)),
        hint: lines(|violation| violation.fix.clone()),
        fields: fields(violations),
    }
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
mod tests {
    use super::*;
    use crate::facts::QualifiedName;
    use crate::rule::Moment;

    fn violation(rule: &'static str, level: Level, table: &str) -> Violation {
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
            message: format!("{rule} in {table}"),
            reason: "It hurts.".into(),
            fix: format!("FIX {table};"),
        }
    }

    #[test]
    fn one_violation_is_a_message_of_its_own() {
        let reports = compose(&[violation("r", Level::Error, "t")], "CREATE TABLE", Mode::Enforce);
        assert_eq!(reports.len(), 1);
        assert_eq!(reports[0].message, "r in t");
        assert_eq!(reports[0].detail, "It hurts. Rule: r (error).");
        assert_eq!(reports[0].hint, "FIX t;");
        assert_eq!(reports[0].fields.table.as_deref(), Some("t"));
        assert_eq!(reports[0].fields.data_type.as_deref(), Some("timestamp"));
    }

    #[test]
    fn several_refused_violations_share_the_last_message() {
        let all =
            [violation("a", Level::Error, "t"), violation("b", Level::Notice, "t"), violation("c", Level::Error, "u")];
        let reports = compose(&all, "CREATE SCHEMA", Mode::Enforce);
        assert_eq!(reports.len(), 2);
        assert_eq!(reports[0].severity, Level::Notice);
        assert_eq!(reports[1].message, "CREATE SCHEMA breaks 2 conventions");
        assert_eq!(reports[1].detail, "a: a in t\nc: c in u");
        assert_eq!(reports[1].hint, "FIX t;\nFIX u;");
        assert_eq!(reports[1].fields.schema.as_deref(), Some("public"));
        assert_eq!(reports[1].fields.table, None, "they are about two tables");
        assert_eq!(reports[1].fields.column, None, "and about two columns of one name");
    }

    #[test]
    fn in_warn_mode_errors_are_warnings_one_by_one() {
        let all = [violation("a", Level::Error, "t"), violation("c", Level::Error, "u")];
        let reports = compose(&all, "CREATE TABLE", Mode::Warn);
        assert_eq!(reports.len(), 2);
        assert!(reports.iter().all(|r| r.severity == Level::Warning));
        assert!(reports[0].detail.ends_with("Rule: a (error). Shown as a warning: guardrail.mode is warn."));
    }
}
