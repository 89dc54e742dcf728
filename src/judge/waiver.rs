//! The call that exempts a violation.

use crate::rule::Violation;
use crate::sql::{literal, one_line, quote, quote_qualified};

/// What stands in the call for the reason. It is no reason, so that nobody exempts anything by pasting alone.
pub const NO_REASON: &str = "…";

/// Whether a text gives a reason: there must be a letter or a digit in it.
pub fn is_reason(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}

/// The line at the end of a refusal's DETAIL: how to exempt the violations, with the call for the first of them that can be
/// exempted. Empty if none can: an exemption is one of a relation, and there is none.
pub fn name_waiver(violations: &[&Violation]) -> String {
    let Some(call) = violations.iter().find_map(|violation| waiver(violation)) else { return String::new() };
    match violations.len() {
        1 => format!("\nTo exempt it: {call}"),
        _ => format!("\nTo exempt them, one by one: {call}"),
    }
}

/// The call that exempts a violation, on one line, with names as SQL has them.
fn waiver(violation: &Violation) -> Option<String> {
    // Without a schema in which a statement can make its table there is no name to exempt.
    let relation = violation.relation_or_that_of_statement().filter(|relation| !relation.schema.is_empty())?;
    let parts = [&violation.column, &violation.constraint, &violation.index, &violation.lacks];
    let object = parts.into_iter().flatten().next();
    let object = object.map_or(String::new(), |name| format!(", {}", literal(&quote(name))));
    Some(one_line(&format!(
        "SELECT guardrail.exempt({}, {}{object}, reason => {});",
        literal(violation.rule),
        literal(&quote_qualified(relation)),
        literal(NO_REASON)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::QualifiedName;
    use crate::testing::violation;

    #[test]
    fn the_call_names_the_relation_and_the_part_of_it() {
        let of_table = violation("r");
        assert_eq!(
            name_waiver(&[&of_table]),
            "\nTo exempt it: SELECT guardrail.exempt('r', 'public.t', reason => '…');"
        );
        let of_column = Violation { column: Some("a\n\"b'\\".to_owned()), ..of_table };
        assert_eq!(
            name_waiver(&[&of_column]),
            r#"
To exempt it: SELECT guardrail.exempt('r', 'public.t', E'"a\u000A""b''\\"', reason => '…');"#
        );
    }

    #[test]
    fn what_is_about_no_relation_is_exempt_by_that_of_the_statement() {
        let of_nothing = Violation { relation: QualifiedName::default(), ..violation("r") };
        assert_eq!(name_waiver(&[&of_nothing]), "");
        let relation_of_statement = Some(QualifiedName::new("S", "u"));
        let of_statement = Violation { relation_of_statement, ..of_nothing.clone() };
        let expected = "\nTo exempt them, one by one: SELECT guardrail.exempt('r', '\"S\".u', reason => '…');";
        assert_eq!(name_waiver(&[&of_nothing, &of_statement]), expected);
    }

    #[test]
    fn a_table_without_a_schema_cannot_be_exempt() {
        let relation_of_statement = Some(QualifiedName::new("", "u"));
        let of_nothing = Violation { relation: QualifiedName::default(), ..violation("r") };
        assert_eq!(name_waiver(&[&Violation { relation_of_statement, ..of_nothing }]), "");
    }

    #[test]
    fn punctuation_is_no_reason() {
        for text in ["", " \n", NO_REASON, "...", "-", "🙂"] {
            assert!(!is_reason(text), "{text}");
        }
        for text in ["x", "#7", "größe", "名"] {
            assert!(is_reason(text), "{text}");
        }
    }
}
