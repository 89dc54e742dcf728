//! A name is not longer than PostgreSQL keeps.

use crate::rule::{Check, Context, Finding, FixContext, Intent, Levels, Rule};
use crate::sql;

pub static RULE: Rule = Rule {
    id: "identifier_too_long",
    summary: "a name longer than the 63 bytes that PostgreSQL keeps",
    reason: "PostgreSQL cuts the name and says so in a notice that nobody reads; two long names may become one, and \
             tools look for the name they wrote.",
    check: Check::Before(check),
    fix,
    levels: Levels::EXPECTED,
    options: &[],
    explanation: "\
Judged are the names that a statement gives: to a schema, table, column, constraint, index, view, sequence, type, domain, \
function or its parameters, trigger, rule, policy or statistics, also by RENAME. A long name that only refers to what \
there is (in DROP, in `ALTER TABLE … DROP COLUMN`, after REFERENCES) is none of them. Limits are in bytes of the \
database's encoding: 31 letters with an accent are 62 bytes of UTF-8.

PostgreSQL has cut a name before any trigger sees it, so the rule reads the text of the client's command for what was \
written. DO blocks are read, with the strings in them. The text of a function that was stored earlier is not, nor what is \
put together at run time. Temporary and exempt tables and what belongs to them are not judged.",
    setup: "",
    bad: "\
CREATE TABLE orders (
    id bigint CONSTRAINT pk_orders PRIMARY KEY,
    the_number_of_the_customer_as_it_was_given_in_the_system_before_last integer NOT NULL
);",
    good: "\
CREATE TABLE orders (
    id bigint CONSTRAINT pk_orders PRIMARY KEY,
    legacy_customer_number integer NOT NULL
);",
};

fn check(intent: &Intent<'_>, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let names = (intent.long_names)();
    if names.is_empty() || intent.is_exempt(context.settings) {
        return;
    }
    for name in names {
        let message = format!("name \"{}\" is longer than {} bytes", name.written, sql::MAX_NAME_BYTES);
        // The fault is what is kept of it.
        findings.push(Finding::relation(message).with_fault(&name.kept));
    }
}

/// Only its author can shorten a name.
fn fix(finding: &Finding, _: &FixContext<'_>) -> String {
    let kept = sql::quote(&finding.fault);
    format!("-- Choose a name of up to {} bytes; PostgreSQL would keep {kept}", sql::MAX_NAME_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::LongName;
    use crate::settings::Settings;
    use crate::testing::FakeCatalog;

    #[test]
    fn each_long_name_is_named() {
        let settings = Settings::for_test(&[]);
        let long = LongName { written: "x".repeat(64), kept: "x".repeat(63) };
        let long_names = || vec![long.clone()];
        let intent = Intent { long_names: &long_names, ..Intent::default() };
        let mut findings = Vec::new();
        check(&intent, &Context { settings: &settings, catalog: &FakeCatalog }, &mut findings);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.ends_with("is longer than 63 bytes"));
    }
}
