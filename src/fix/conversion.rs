//! Changes of a column's type.

use super::defaults::{convert_default, must_not_differ_below};
use super::domains::must_keep_domains;
use super::enums::introduce;
use super::loss::{CHANGES, Loss, find_loss, makes_floats_exact, reads_in_zone_of_session, would_cut};
use super::step::{Attempt, LEAVE_OUT, Phase, Site, Step, unless_used};
use super::time_zones::with_time_zones;
use crate::facts::{Column, Index, Oid, Predicate, QualifiedName, RelationKind, Use, UseKind, oids};
use crate::predicates::types::STRING_TYPES;
use crate::rule::{Conversion, WantedType};
use crate::sql::{quote, quote_qualified};

/// The caution of a fix that gives a column values that are not made from the old ones. The rows may come after the advice.
const NEW_VALUES: &str = "gives every row a new value";

/// A type to change to.
pub struct NewType {
    pub sql: String,
    pub conversion: Conversion,
    /// Statements that make the type.
    pub first: Vec<String>,
    /// The collation that the column keeps, as SQL.
    pub collation: Option<String>,
}

/// The types of numbers and strings that are like those to which they are changed.
pub const SIMILAR_TYPES: [Oid; 3] = [oids::FLOAT4, oids::FLOAT8, oids::BPCHAR];

impl NewType {
    /// The type that is wanted in the place of the one that the column has in the relation that was checked.
    pub fn of(column: &Column, wanted: &WantedType, site: &Site<'_>) -> Result<Self, String> {
        let new = match wanted {
            WantedType::Other(sql, conversion) => {
                let new = Self { sql: sql.clone(), conversion: *conversion, first: Vec::new(), collation: None };
                let has_own = column.collation != 0 && column.collation != oids::DEFAULT_COLLATION;
                let keeps_it = has_own && STRING_TYPES.contains(&type_oid(&new, site));
                let collation = keeps_it.then(|| site.catalog().collation_sql(column.collation));
                Self { collation, ..new }
            }
            WantedType::WithTimeZones => with_time_zones(column, site)?,
        };
        must_keep_domains(column, &new.sql, site)?;
        match new.calls_foreign_cast(column, site) {
            true => Err(format!(
                "Change {} to {}. The cast of its values is not PostgreSQL's own: see first what it does.",
                describe(column, site),
                new.sql
            )),
            false => Ok(new),
        }
    }

    /// Whether the values would go through a function that the owner of the type may have written, and that would run with
    /// the rights of whoever runs the fix.
    fn calls_foreign_cast(&self, column: &Column, site: &Site<'_>) -> bool {
        let catalog = site.catalog();
        let base = |oid: Oid| catalog.base_type(oid, -1).oid;
        let to = match self.conversion {
            Conversion::CastText => oids::TEXT,
            Conversion::Cast | Conversion::AsReferenced | Conversion::Impossible => base(type_oid(self, site)),
            _ => return false,
        };
        catalog.has_foreign_cast(base(column.data_type.oid), to)
    }

    /// Where the column is of yet another type when the SQL is run, that is what is converted.
    pub fn from(self, current: &Column, checked: &Column) -> Self {
        let own = current.data_type.oid;
        let conversion = match self.conversion {
            same if own == checked.data_type.oid => same,
            Conversion::AsUtc if own == oids::DATE => Conversion::AsUtc,
            // A moment is one, whatever its precision.
            Conversion::AsUtc if own == oids::TIMESTAMPTZ => Conversion::Cast,
            Conversion::Today if own == oids::TIME => Conversion::Today,
            _ => Conversion::CastText,
        };
        Self { conversion, ..self }
    }

    /// The type with its collation.
    pub fn with_collation(&self) -> String {
        let collation = self.collation.as_ref().map_or(String::new(), |collation| format!(" COLLATE {collation}"));
        format!("{}{collation}", self.sql)
    }

    /// The expression that makes the new value of a column; `None` where PostgreSQL needs none.
    pub fn value(&self, column: &Column, site: &Site<'_>) -> Option<String> {
        let (name, sql) = (quote(&column.name), &self.sql);
        let is_cast = matches!(self.conversion, Conversion::Cast | Conversion::CastText | Conversion::AsReferenced);
        // What PostgreSQL converts by itself it does not cut.
        if is_cast && would_cut(column, self, site) {
            let is_string = STRING_TYPES.contains(&site.catalog().base_type(column.data_type.oid, -1).oid);
            return (!is_string).then(|| format!("{name}::text"));
        }
        Some(match self.conversion {
            Conversion::Widen | Conversion::Shorten => return None,
            Conversion::Cast if makes_floats_exact(column, self, site) => format!("{name}::text::{sql}"),
            Conversion::Cast | Conversion::AsReferenced | Conversion::Impossible => format!("{name}::{sql}"),
            Conversion::CastText => format!("{name}::text::{sql}"),
            Conversion::AsUtc if column.data_type.oid == oids::TIMESTAMP => format!("{name} AT TIME ZONE 'UTC'"),
            Conversion::AsUtc => format!("{name}::timestamp AT TIME ZONE 'UTC'"),
            Conversion::Today => format!("CURRENT_DATE + {name}"),
            Conversion::New(value) => value.to_owned(),
        })
    }

    /// The value of a query's output column. A query has no table that would refuse what is too long.
    pub fn output(&self, column: &Column, site: &Site<'_>) -> String {
        let value = self.value(column, site).filter(|_| !would_cut(column, self, site));
        value.unwrap_or_else(|| format!("{}::{}", quote(&column.name), self.sql))
    }

    /// What to know before such an output column is written.
    pub fn caution_of_query(&self, column: &Column, site: &Site<'_>) -> Option<&'static str> {
        let loses = would_cut(column, self, site) || find_loss(column, self, site) == Some(Loss::Changes);
        if loses { Some(CHANGES) } else { self.caution(column, site) }
    }

    /// What to know before the values are converted.
    fn caution(&self, column: &Column, site: &Site<'_>) -> Option<&'static str> {
        match self.conversion {
            Conversion::AsUtc => Some("reads old values as UTC"),
            Conversion::Today => Some("makes old values times of today"),
            Conversion::Shorten => Some("fails if a value is longer"),
            Conversion::New(_) => Some(NEW_VALUES),
            _ if reads_in_zone_of_session(column, self, site) => Some("reads old values in the session's time zone"),
            _ => None,
        }
    }

    /// Whether this kind of use stands in the way of the change. PostgreSQL makes constraints and indexes anew from their
    /// text, in which another type may mean something else or nothing at all.
    fn is_hindered_by(&self, kind: UseKind, column: &Column) -> bool {
        let keeps_meaning = matches!(self.conversion, Conversion::Widen | Conversion::Shorten);
        // What is written for these types can be read for the exact ones, too.
        let is_similar = self.conversion == Conversion::Cast && SIMILAR_TYPES.contains(&column.data_type.oid);
        match kind {
            UseKind::Check | UseKind::IndexExpression if is_similar => false,
            UseKind::ForeignKey if self.conversion == Conversion::AsReferenced => false,
            UseKind::Check
            | UseKind::Exclusion
            | UseKind::IndexExpression
            | UseKind::IndexClass
            | UseKind::Statistics
            | UseKind::ForeignKey
            | UseKind::ReferencingKey => !keeps_meaning,
            UseKind::ReplicaIdentity | UseKind::Cluster | UseKind::Constraint => false,
            _ => true,
        }
    }
}

/// Changes the type of a column. `ignored` is what will not be there any more.
pub fn change_type(column: &Column, new: &NewType, ignored: &[Use], site: &Site<'_>) -> Attempt {
    let change = format!("Change {} to {}", describe(column, site), introduce(new));
    let is_hindrance = |each: &Use| new.is_hindered_by(each.kind, column) && !ignored.contains(each);
    let resolved = site.catalog().resolve_type(&new.sql);
    if resolved == Some((column.data_type.oid, column.data_type.modifier)) {
        return Err(leave_out(column, new, site));
    }
    if has_using(column, site) {
        return Err(format!("{change}, with a USING that gives values of that type."));
    }
    unless_used(&change, &find_uses(column, site).into_iter().filter(is_hindrance).collect::<Vec<_>>())?;
    if new.conversion == Conversion::Impossible {
        return Err(format!("{change}. PostgreSQL has no conversion between these types."));
    }
    if column.generated && new.value(column, site).is_some() {
        return Err(format!("{change}. PostgreSQL cannot convert a generated column: drop it and add it again."));
    }
    let is_counted = column.identity && !oids::INTEGERS.contains(&type_oid(new, site));
    if is_counted && !matches!(new.conversion, Conversion::New(_)) {
        return Err(format!("{change}. It would not count any more: only integers can be identity columns."));
    }
    let has_rows = site.may_have_rows();
    if matches!(new.conversion, Conversion::New(_)) && has_rows {
        return Err(format!("{change}. Its rows would need new values, and what refers to them would be lost."));
    }
    let mut statements = new.first.clone();
    let mut changes = Vec::new();
    let alter = site.alter_column(column);
    // PostgreSQL checks the type of an identity column before it drops the identity.
    if is_counted {
        statements.push(format!("{} {alter} DROP IDENTITY;", site.alter()));
    }
    must_not_differ_below(&change, column, new, site)?;
    let default = convert_default(column, new, site)?;
    if default.is_some() {
        changes.push(format!("{alter} DROP DEFAULT"));
    }
    changes.push(match site.relation.kind {
        RelationKind::Table | RelationKind::PartitionedTable => {
            let using = new.value(column, site).map_or(String::new(), |value| format!(" USING {value}"));
            format!("{alter} TYPE {}{using}", new.with_collation())
        }
        RelationKind::CompositeType => format!("{alter} TYPE {} CASCADE", new.sql),
        _ => format!("{alter} TYPE {}", new.sql),
    });
    changes.extend(default.map(|default| format!("{alter} SET DEFAULT {default}")));
    statements.push(format!("{} {};", site.alter(), changes.join(", ")));
    statements.extend(widen_sequence(column, new, site));
    let is_table = matches!(site.relation.kind, RelationKind::Table | RelationKind::PartitionedTable);
    let rewrites = has_rows && is_table && !is_relabelled(column, new, site);
    let step = Step { phase: Phase::Types, statements, ..Step::default() }.caution_if(rewrites, "rewrites the table");
    let loses_order = column.data_type.oid == oids::JSON && has_rows;
    let step = step.caution_if(loses_order, "loses the order of keys and repeated keys");
    let step = match find_loss(column, new, site) {
        Some(Loss::Changes) => step.caution_if(true, CHANGES),
        Some(Loss::Fails(condition)) => step.caution_if(has_rows, &format!("fails if {condition}")),
        None => step,
    };
    Ok(match new.caution(column, site).filter(|_| has_rows || matches!(new.conversion, Conversion::New(_))) {
        Some(caution) => step.caution_if(true, caution),
        None => step,
    })
}

/// Whether the refused statement, which would have changed the column's type, says itself how the values are had.
fn has_using(column: &Column, site: &Site<'_>) -> bool {
    let is_changed = |after: &&Column| after.data_type != column.data_type;
    site.after.column(column.number).filter(is_changed).is_some_and(|after| after.has_using)
}

/// What a person has to do where the column has the right type.
fn leave_out(column: &Column, new: &NewType, site: &Site<'_>) -> String {
    match has_using(column, site) {
        true => format!(
            "Leave out what changes {}, unless it should have other values: then write a USING that gives them as {}.",
            describe(column, site),
            new.sql
        ),
        false => LEAVE_OUT.to_owned(),
    }
}

/// The statement that lets the sequence of a serial column count on beyond the old type.
fn widen_sequence(column: &Column, new: &NewType, site: &Site<'_>) -> Option<String> {
    let is_bigint = new.conversion == Conversion::Widen && type_oid(new, site) == oids::INT8;
    let is_serial = is_bigint && site.relation.kind.is_table() && column.may_be_serial();
    let sequence = is_serial.then(|| site.catalog().serial_sequence(site.relation.oid, column.number)).flatten()?;
    Some(format!("ALTER SEQUENCE {} AS bigint;", quote_qualified(&sequence)))
}

pub fn type_oid(new: &NewType, site: &Site<'_>) -> Oid {
    site.catalog().resolve_type(&new.sql).map_or(0, |(oid, _)| oid)
}

/// Whether PostgreSQL leaves the values as they are: strings that cannot be too long.
fn is_relabelled(column: &Column, new: &NewType, site: &Site<'_>) -> bool {
    let strings = [oids::TEXT, oids::VARCHAR];
    let are_strings = strings.contains(&column.data_type.oid) && strings.contains(&type_oid(new, site));
    are_strings && new.value(column, site).is_none() && !would_cut(column, new, site)
}

/// What uses a column in a way that may hinder a change of its type.
fn find_uses(column: &Column, site: &Site<'_>) -> Vec<Use> {
    let (catalog, relation) = (site.catalog(), site.relation);
    let mut uses = match relation.kind {
        RelationKind::Domain => Vec::new(),
        _ => catalog.column_uses(relation.oid, column.number),
    };
    // An index over the column that has no expression is made anew from the column.
    let is_plain = |each: &Use| {
        let mut indexes = relation
            .indexes
            .iter()
            .filter(|index| index.predicate != Predicate::Other && index.definition.expressions.is_none());
        let name = |index: &Index| quote_qualified(&QualifiedName::new(&relation.name.schema, &index.name));
        each.kind == UseKind::IndexExpression && indexes.any(|index| each.name == format!("index {}", name(index)))
    };
    uses.retain(|each| !is_plain(each));
    // A column of a typed table follows an attribute of its type.
    let row_type = catalog.row_type_uses(relation.oid);
    uses.extend(row_type.into_iter().filter(|each| each.kind != UseKind::TypedTable));
    uses.extend(site.type_in_the_way());
    if column.inherited {
        uses.push(Use { kind: UseKind::OtherParent, name: "the table that the column is inherited from".to_owned() });
    }
    uses
}

/// A column in a sentence of a comment.
pub fn describe(column: &Column, site: &Site<'_>) -> String {
    match site.relation.kind {
        RelationKind::Domain => format!("domain {}", site.name()),
        RelationKind::CompositeType => format!("attribute {} of type {}", quote(&column.name), site.name()),
        _ => format!("column {} of table {}", quote(&column.name), site.name()),
    }
}
