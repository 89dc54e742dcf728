//! A name is not longer than PostgreSQL keeps.

use crate::catalog::Context;
use crate::rule::{Check, Finding, FixContext, Intent, Levels, Rule};
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
PostgreSQL has cut a name before any trigger sees it, so the rule reads the text of the client's command: a name in it \
of more than 63 bytes, quoted or not, that stands in the statement in its cut form. DO blocks are read, too. The text of \
a function that was stored earlier is not, nor what it puts together at run time.",
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

fn check(intent: &Intent<'_>, _: &Context<'_>, findings: &mut Vec<Finding>) {
    for name in &intent.long_names {
        let message = format!("name \"{name}\" is longer than {} bytes", sql::MAX_NAME_BYTES);
        findings.push(Finding::relation(message).with_fault(name));
    }
}

/// Only its author can shorten a name.
fn fix(finding: &Finding, _: &FixContext<'_>) -> String {
    let cut = sql::truncate(&finding.fault);
    format!("-- Choose a name of up to {} bytes; PostgreSQL would keep {}", sql::MAX_NAME_BYTES, sql::quote(cut))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use crate::testing::FakeCatalog;

    #[test]
    fn each_long_name_is_named() {
        let settings = Settings::for_test(&[]);
        let intent = Intent { long_names: vec!["x".repeat(64)], ..Intent::default() };
        let mut findings = Vec::new();
        check(&intent, &Context { settings: &settings, catalog: &FakeCatalog }, &mut findings);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.ends_with("is longer than 63 bytes"));
    }
}
