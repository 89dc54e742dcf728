//! Only the roles and applications that are meant to run DDL may run it.

use crate::facts::{Intent, Relation};
use crate::fix;
use crate::rule::{Check, Context, Edit, Finding, Levels, Moment, Rule};
use crate::settings::parse::list;
use crate::settings::parse::patterns::Patterns;
use crate::settings::{Mention, TextOption, no_mentions};

pub static RULE: Rule = Rule {
    id: "direct_ddl",
    summary: "a DDL statement by a role or from an application that is not meant to run DDL",
    reason: "A change that is made outside of the migrations is not noticed until something else breaks.",
    moment: Moment::Before,
    check: Check::Intent(check),
    fix,
    levels: Levels::HOUSE,
    options: &[&DDL_ROLES, &DDL_APPLICATIONS],
    explanation: "\
The rule reports nothing until one of its options is set.

* With `guardrail.ddl_roles`, the current role must be one of the listed roles or have the rights of one by membership. \
A membership that does not inherit counts after SET ROLE only. Being a superuser does not count.
* With `guardrail.ddl_applications`, the session's `application_name` must match one of the patterns. Any client can \
set that name, so this option catches mistakes but stops nobody who sets the name on purpose.

Every statement for which event triggers fire counts as DDL, even where it would do nothing (CREATE TABLE IF NOT \
EXISTS). The rule does not check:

* REFRESH MATERIALIZED VIEW and REINDEX;
* statements that concern only temporary or exempt tables and other such relations;
* DROP … IF EXISTS that finds nothing to drop;
* the statements in the script of an extension;
* statements about roles, databases, tablespaces and event triggers, and TRUNCATE: no event trigger fires for them.

An exemption in `guardrail.exemptions` lets a statement pass if it covers all the tables and types that the statement \
names. A statement that names none, CREATE SCHEMA for example, cannot be exempt.

Inside a `SECURITY DEFINER` function the current role is the function's owner. The application is the one that a \
pooler or a driver announces: with `PGAPPNAME`, with `application_name` in the connection string, or with SET.",
    setup: "\
CREATE ROLE deploy;
GRANT CREATE ON SCHEMA public TO deploy;
SET guardrail.ddl_roles = 'deploy';",
    bad: "CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);",
    good: "\
SET ROLE deploy;
CREATE TABLE orders (id bigint CONSTRAINT pk_orders PRIMARY KEY);
RESET ROLE;",
};

/// The roles that may run DDL.
pub static DDL_ROLES: TextOption<Vec<String>> = TextOption {
    name: "ddl_roles",
    summary: "Sets the roles that may run DDL.",
    details: "A comma-separated list of role names as they are stored. A role that has the rights of one of them by \
              membership may run DDL, too: a membership that does not inherit counts after SET ROLE only, and being \
              a superuser does not count. If the list is empty, any role may. A name that no role has allows nobody, \
              until a role of that name is created; a warning tells once in a session.",
    default: "",
    preset_defaults: &[],
    parse: list::split,
    mentions: |roles| Mention::of_roles("ddl_roles", roles),
};

/// The applications that may run DDL.
pub static DDL_APPLICATIONS: TextOption<Patterns> = TextOption {
    name: "ddl_applications",
    summary: "Sets the applications that may run DDL.",
    details: "A comma-separated list of regular expressions, each matched against the whole application_name. If \
              the list is empty, any application may.",
    default: "",
    preset_defaults: &[],
    parse: Patterns::parse,
    mentions: no_mentions,
};

/// Statements for which event triggers fire although they define nothing.
const NO_DDL: [&str; 2] = ["REFRESH MATERIALIZED VIEW", "REINDEX"];

fn check(intent: &Intent<'_>, context: &Context<'_>, findings: &mut Vec<Finding>) {
    let (command, roles) = (&intent.command, context.option(&DDL_ROLES));
    let applications = context.option(&DDL_APPLICATIONS);
    if NO_DDL.contains(&command.as_str()) {
        return;
    }
    if !roles.is_empty() && !context.catalog.current_role_is_among(roles) {
        let role = context.catalog.current_role();
        let message = format!("role \"{role}\" is not meant to run {command}");
        findings.push(Finding::relation(message).with_cause("role"));
    }
    if !applications.is_empty() && !applications.matches(&intent.application) {
        let message = format!("application \"{}\" is not meant to run {command}", intent.application);
        findings.push(Finding::relation(message).with_cause("application"));
    }
}

fn fix(finding: &Finding, _: &Relation, context: &Context<'_>) -> Vec<Edit> {
    let roles: &Vec<String> = context.option(&DDL_ROLES);
    vec![match roles.first() {
        Some(role) if finding.cause == "role" => Edit::ByHand(format!("Let role \"{role}\" run it.")),
        _ => Edit::ByHand(fix::WRITE_A_MIGRATION.to_owned()),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Trial;

    fn messages(intent: Intent<'_>, options: &[(&str, &str)]) -> Vec<String> {
        Trial::of(&RULE, options).messages_about_intent(&intent)
    }

    fn create_table() -> Intent<'static> {
        Intent { command: "CREATE TABLE".into(), application: "psql".into(), ..Intent::default() }
    }

    #[test]
    fn nothing_is_reported_until_an_option_is_set() {
        assert!(messages(create_table(), &[]).is_empty());
    }

    #[test]
    fn the_role_and_the_application_must_be_listed() {
        let options = [("ddl_roles", "deploy"), ("ddl_applications", "alembic.*")];
        assert_eq!(
            messages(create_table(), &options),
            [
                "role \"alice\" is not meant to run CREATE TABLE",
                "application \"psql\" is not meant to run CREATE TABLE"
            ]
        );
        assert!(messages(create_table(), &[("ddl_roles", "deploy, alice"), ("ddl_applications", "psql")]).is_empty());
    }

    #[test]
    fn a_refresh_does_not_count_as_ddl() {
        let options = [("ddl_roles", "deploy")];
        let refresh = Intent { command: "REFRESH MATERIALIZED VIEW".into(), ..create_table() };
        assert!(messages(refresh, &options).is_empty());
    }
}
