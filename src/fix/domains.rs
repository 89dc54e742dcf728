//! Domains: those that are made anew over another type, and those whose columns get a plain type.

use std::collections::BTreeSet;

use super::conversion::{NewType, SIMILAR_TYPES, describe};
use super::defaults::{NewDefault, convert_expression};
use super::step::{Attempt, Phase, Site, Step, unless_used};
use super::time_zones::MAX_TYPES;
use crate::facts::{Column, DefaultTime, TypeShape, TypeUse};
use crate::rule::Conversion;
use crate::sql::{VALUE, quote_qualified, replace_identifiers};

/// Makes a domain anew over another type.
pub fn recreate_domain(column: &Column, new: &NewType, site: &Site<'_>) -> Attempt {
    let change = format!("Make {} over {}", describe(column, site), new.sql);
    unless_used(&change, &site.catalog().domain_uses(site.relation.oid))?;
    let create = create_domain(column, new, site)?;
    let statements = [new.first.clone(), vec![format!("DROP DOMAIN {};", site.name()), create]].concat();
    let loses = site.catalog().domain_has_belongings(site.relation.oid);
    let step = Step { phase: Phase::Types, statements, ..Step::default() };
    Ok(step.caution_if(loses, "loses the owner, the privileges and the comment of the domain"))
}

/// The statement that makes a domain over another type. What its checks say about the old type must remain true, and its
/// default must give the same.
pub fn create_domain(column: &Column, new: &NewType, site: &Site<'_>) -> Result<String, String> {
    let catalog = site.catalog();
    let clauses = catalog.domain_clauses(site.relation.oid);
    let old = catalog.domain_default(site.relation.oid);
    let written = old.as_ref().map_or(String::new(), |default| format!(" DEFAULT {default}"));
    let others = clauses.strip_prefix(&written).unwrap_or(&clauses);
    let default = old.map(|default| convert_domain_default(default, new, site)).transpose()?;
    let replace = |new: &str| replace_identifiers(others, |name| (name == VALUE).then(|| new.to_owned()));
    let others = match new.conversion {
        Conversion::AsUtc => replace("(VALUE AT TIME ZONE 'UTC')"),
        Conversion::Widen | Conversion::Shorten => others.to_owned(),
        // What is written for these types can be read for the exact ones, too.
        Conversion::Cast if SIMILAR_TYPES.contains(&column.data_type.oid) => others.to_owned(),
        _ if replace("") != others && !checks_only_null(others) => {
            return Err(format!("Make domain {} over {}, with checks for that type.", site.name(), new.sql));
        }
        _ => others.to_owned(),
    };
    let default = default.map_or(String::new(), |default| format!(" DEFAULT {default}"));
    Ok(format!("CREATE DOMAIN {} AS {}{default}{others};", site.name(), new.with_collation()))
}

/// Whether the checks of a domain, if it has any, do no more than to refuse NULL.
fn checks_only_null(clauses: &str) -> bool {
    !clauses.replace("((VALUE IS NOT NULL))", "").contains(VALUE)
}

/// The default of a domain for its new type.
fn convert_domain_default(default: String, new: &NewType, site: &Site<'_>) -> Result<String, String> {
    let time = match is_timestamp(&default) {
        true => DefaultTime::Fixed,
        false => DefaultTime::Unknown,
    };
    let converted = match new.conversion {
        // PostgreSQL converts it where it is assigned.
        Conversion::Widen | Conversion::Shorten | Conversion::Cast => NewDefault::Kept,
        Conversion::AsUtc => convert_expression(&default, new, time),
        _ => NewDefault::ByHand,
    };
    match converted {
        NewDefault::Kept => Ok(default),
        NewDefault::Other(default) => Ok(default),
        NewDefault::ByHand => {
            Err(format!("Make domain {} over {}, with a default for that type: {default}", site.name(), new.sql))
        }
    }
}

/// Whether a default is nothing but a timestamp.
fn is_timestamp(default: &str) -> bool {
    let constant = default.strip_prefix('\'').and_then(|rest| rest.split_once('\''));
    constant.is_some_and(|(_, rest)| rest == "::timestamp without time zone")
}

/// Fails where a column of a domain, or of a type that is made of one, would lose what the domain says of its values.
pub fn must_keep_domains(column: &Column, sql: &str, site: &Site<'_>) -> Result<(), String> {
    let catalog = site.catalog();
    let mut types = vec![TypeUse { oid: column.data_type.oid, modifier: column.data_type.modifier }];
    let mut known = BTreeSet::new();
    while let Some(next) = types.pop().filter(|_| known.len() < MAX_TYPES) {
        if !known.insert(next.oid) {
            continue;
        }
        match catalog.type_shape(next.oid, next.modifier) {
            TypeShape::Domain { base } => {
                if catalog.domain_adds_clauses(next.oid) {
                    let domain = quote_qualified(&catalog.type_name(next.oid));
                    let change = format!("Change {} to {sql}", describe(column, site));
                    return Err(format!(
                        "{change}. It would lose the NOT NULL, the default or the checks of domain {domain}."
                    ));
                }
                types.push(base);
            }
            TypeShape::Array { element } => types.push(element),
            TypeShape::Composite { attributes, .. } => types.extend(attributes.into_iter().map(|(_, own)| own)),
            _ => {}
        }
    }
    Ok(())
}
