//! Types with time zones in the place of types that are made of timestamps.

use std::collections::BTreeMap;

use super::conversion::NewType;
use super::step::Site;
use crate::facts::{Column, Oid, QualifiedName, TypeShape, TypeUse, oids};
use crate::rule::Conversion;
use crate::sql;

/// The type of a column with time zones in the place of timestamps without.
pub fn with_time_zones(column: &Column, site: &Site<'_>) -> Result<NewType, String> {
    let data_type = TypeUse { oid: column.data_type.oid, modifier: column.data_type.modifier };
    let mut writer = TypeWriter::new(site);
    let Some(sql) = writer.write(data_type) else {
        let name = sql::quote_qualified(&site.catalog().type_name(data_type.oid));
        return Err(format!(
            "{name} is made of more than {MAX_TYPES} types. First change those of them that are directly over \
             {WITHOUT_TIME_ZONE}."
        ));
    };
    let conversion = match site.catalog().type_shape(data_type.oid, data_type.modifier) {
        TypeShape::Scalar { .. } => Conversion::AsUtc,
        TypeShape::Domain { base } if base.oid == oids::TIMESTAMP => Conversion::AsUtc,
        _ => Conversion::CastText,
    };
    Ok(NewType { sql, conversion, first: writer.statements, collation: None })
}

const WITHOUT_TIME_ZONE: &str = "timestamp without time zone";
const WITH_TIME_ZONE: &str = "timestamp with time zone";

/// How many types a fix looks at to write one that is made of them. Types can be nested without end, and be made of the
/// same type many times over.
pub const MAX_TYPES: usize = 100;

/// Writes types with time zones in place of types that are made of timestamps.
struct TypeWriter<'a> {
    site: &'a Site<'a>,
    /// The statements that make the composite types.
    statements: Vec<String>,
    /// The new composite types by the oids of the old ones.
    composites: BTreeMap<Oid, String>,
    types_left: usize,
}

impl<'a> TypeWriter<'a> {
    fn new(site: &'a Site<'a>) -> Self {
        Self { site, statements: Vec::new(), composites: BTreeMap::new(), types_left: MAX_TYPES }
    }

    /// The SQL of the type in place of this one; `None` if it is made of too many types.
    fn write(&mut self, old: TypeUse) -> Option<String> {
        if let Some(known) = self.composites.get(&old.oid) {
            return Some(known.clone());
        }
        self.types_left = self.types_left.checked_sub(1)?;
        Some(match self.site.catalog().type_shape(old.oid, old.modifier) {
            TypeShape::Scalar { oid: oids::TIMESTAMP, sql } => sql.replace("without", "with"),
            TypeShape::Scalar { sql, .. } => sql,
            TypeShape::Array { element } => format!("{}[]", self.write(element)?),
            TypeShape::Range { subtype: oids::TIMESTAMP } => "tstzrange".to_owned(),
            TypeShape::Multirange { subtype: oids::TIMESTAMP } => "tstzmultirange".to_owned(),
            // PostgreSQL has no range over a type that is itself made of timestamps; its subtype has to be fixed first.
            TypeShape::Range { .. } | TypeShape::Multirange { .. } => WITH_TIME_ZONE.to_owned(),
            TypeShape::Domain { base } => self.write(base)?,
            TypeShape::Composite { name, attributes } => self.write_composite(old.oid, &name, &attributes)?,
        })
    }

    fn write_composite(&mut self, oid: Oid, name: &QualifiedName, attributes: &[(String, TypeUse)]) -> Option<String> {
        let mut parts = Vec::new();
        for (attribute, data_type) in attributes {
            parts.push(format!("{} {}", sql::quote(attribute), self.write(*data_type)?));
        }
        let qualify = |new: &str| sql::quote_qualified(&QualifiedName::new(&name.schema, new));
        let new = self.site.names.name_type(&name.schema, &[&name.name, "tz"]);
        let new = qualify(&new);
        self.statements.push(format!("CREATE TYPE {new} AS ({});", parts.join(", ")));
        self.composites.insert(oid, new.clone());
        Some(new)
    }
}
