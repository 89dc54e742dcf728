//! An enum in the place of a check that lists strings.

use super::conversion::{NewType, change_type, describe};
use super::domains::must_keep_domains;
use super::step::{Attempt, Site, Step};
use crate::facts::{Column, Oid, QualifiedName, Use, UseKind};
use crate::rule::Conversion;
use crate::sql::{literal, quote, quote_qualified};

/// The enum that a column gets.
pub fn new_enum(column: &Column, labels: &[String], site: &Site<'_>) -> Result<NewType, String> {
    let relation = site.relation;
    let parts = (site.names.future_name(relation), site.names.future_column(relation, column));
    let name = site.names.name_type(&relation.name.schema, &[&parts.0, &parts.1]);
    let sql = quote_qualified(&QualifiedName::new(&relation.name.schema, name));
    let labels: Vec<String> = labels.iter().map(|label| literal(label)).collect();
    let create = format!("CREATE TYPE {sql} AS ENUM ({});", labels.join(", "));
    must_keep_domains(column, &sql, site)?;
    Ok(NewType { sql, conversion: Conversion::CastText, first: vec![create], collation: None })
}

/// A type in a sentence. Of one that is yet to be made it says what it is made of.
pub fn introduce(new: &NewType) -> String {
    let definitions: Vec<&str> = new.first.iter().map(|create| create.trim_end_matches(';')).collect();
    match definitions.as_slice() {
        [] => new.sql.clone(),
        _ => format!("{} ({})", new.sql, definitions.join("; ")),
    }
}

/// Makes an enum, drops the check, and changes the column.
pub fn make_enum(column: &Column, labels: &[String], check: Oid, site: &Site<'_>) -> Attempt {
    let Some(check) = site.after.constraint(check) else { return Err(String::new()) };
    if !check.validated && site.may_have_rows() {
        return Err(format!("Make {} an enum. Its rows may hold other strings.", describe(column, site)));
    }
    let own = format!("check constraint {} of ", quote(&check.name));
    let itself: Vec<Use> = site
        .catalog()
        .column_uses(site.relation.oid, column.number)
        .into_iter()
        .filter(|each| each.kind == UseKind::Check && each.name.starts_with(&own))
        .collect();
    let step = change_type(column, &new_enum(column, labels, site)?, &itself, site)?;
    let mut statements = step.statements;
    // A refused statement has not made it.
    if site.relation.constraint(check.oid).is_some() {
        let drop = format!("{} DROP CONSTRAINT {};", site.alter(), quote(&check.name));
        statements.insert(statements.len() - 1, drop);
    }
    let step = Step { statements, ..step }.dropping([check.oid]);
    Ok(step.caution_if(true, "comparing the column with text needs a cast"))
}
