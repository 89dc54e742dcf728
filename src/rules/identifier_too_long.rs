//! Names must not be longer than PostgreSQL stores.

use crate::facts::{Intent, Relation};
use crate::rule::{Check, Context, Edit, Finding, Levels, Moment, Rule};
use crate::sql;

pub static RULE: Rule = Rule {
    id: "identifier_too_long",
    summary: "a name longer than the 63 bytes that PostgreSQL stores",
    reason: "PostgreSQL cuts the name and says so only in a notice. Two long names may become the same one, and tools \
             look for the name that they wrote.",
    moment: Moment::Before,
    check: Check::Intent(check),
    fix,
    levels: Levels::EXPECTED,
    options: &[],
    explanation: "\
The rule checks the names that a statement gives, also with RENAME: to a schema, table, column, constraint, index, \
view, sequence, type, domain, function or its parameters, trigger, rule, policy or statistics. A long name that only \
refers to an existing object (in DROP, in `ALTER TABLE … DROP COLUMN`, after REFERENCES) is not checked. The limit is \
in bytes of the database's encoding: 31 letters with an accent are 62 bytes of UTF-8.

PostgreSQL has cut a name before any trigger sees it, so the rule reads the name in the text of the client's command. \
It also reads DO blocks and the strings in them. It reads neither the text of functions that were stored earlier nor \
SQL that is put together at run time.

Temporary and exempt tables and what belongs to them are not checked. An exemption in `guardrail.exemptions` lets a \
statement pass if it covers all the tables and types that the statement names.",
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
        // The fix names what is left of it.
        findings.push(Finding::relation(message).with_cause(&name.kept));
    }
}

fn fix(finding: &Finding, _: &Relation, _: &Context<'_>) -> Vec<Edit> {
    let limit = sql::MAX_NAME_BYTES;
    vec![Edit::ByHand(format!("Choose a name of up to {limit} bytes; PostgreSQL would keep \"{}\".", finding.cause))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::LongName;
    use crate::testing::Trial;

    #[test]
    fn the_message_shows_the_whole_name() {
        const MAX: usize = sql::MAX_NAME_BYTES;
        let long = LongName { written: "x".repeat(MAX + 1), kept: "x".repeat(MAX) };
        let long_names = || vec![long.clone()];
        let intent = Intent { long_names: &long_names, ..Intent::default() };
        let expected = format!("name \"{}\" is longer than 63 bytes", "x".repeat(MAX + 1));
        assert_eq!(Trial::of(&RULE, &[]).messages_about_intent(&intent), [expected]);
    }
}
