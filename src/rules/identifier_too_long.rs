//! A name is not longer than PostgreSQL keeps.

use crate::facts::Intent;
use crate::rule::{Check, Context, Finding, FixContext, Levels, Moment, Rule};
use crate::sql;

pub static RULE: Rule = Rule {
    id: "identifier_too_long",
    summary: "a name longer than the 63 bytes that PostgreSQL keeps",
    reason: "PostgreSQL cuts the name and says so in a notice that nobody reads; two long names may become one, and \
             tools look for the name they wrote.",
    moment: Moment::Before,
    check: Check::Intent(check),
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

fn check(intent: &Intent<'_>, _: &Context<'_>, findings: &mut Vec<Finding>) {
    for name in (intent.long_names)() {
        let message = format!("name \"{}\" is longer than {} bytes", name.written, sql::MAX_NAME_BYTES);
        // The fault is what is kept of it.
        findings.push(Finding::relation(message).with_cause(&name.kept));
    }
}

/// Only its author can shorten a name.
fn fix(finding: &Finding, _: &FixContext<'_>) -> String {
    let kept = sql::quote(&finding.cause);
    format!("-- Choose a name of up to {} bytes; PostgreSQL would keep {kept}", sql::MAX_NAME_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::LongName;
    use crate::testing::Trial;

    #[test]
    fn each_long_name_is_named() {
        let long = LongName { written: "x".repeat(64), kept: "x".repeat(63) };
        let long_names = || vec![long.clone()];
        let intent = Intent { long_names: &long_names, ..Intent::default() };
        let expected = format!("name \"{}\" is longer than 63 bytes", "x".repeat(64));
        assert_eq!(Trial::of(&RULE, &[]).messages_about_intent(&intent), [expected]);
    }
}
