//! What a change of a type does to values that the new type cannot hold.

use super::conversion::NewType;
use super::step::Site;
use crate::facts::{Column, ConstraintKind, Oid, TypeShape, TypeUse, oids};
use crate::predicates::types::{STRING_TYPES, numeric_digits, string_length};
use crate::rule::Conversion;

/// The floating-point types, which are written with more digits than a cast of them keeps.
const FLOATS: [Oid; 2] = [oids::FLOAT4, oids::FLOAT8];

/// What happens to values that the new type cannot hold.
#[derive(Debug, PartialEq)]
pub enum Loss {
    /// The change fails; the condition.
    Fails(String),
    /// They become others, or lose a part.
    Changes,
}

/// The caution of a fix after which some values may be others.
pub const CHANGES: &str = "changes values that the new type cannot hold";

/// What an explicit cast would do silently to a string: cut it.
pub fn would_cut(column: &Column, new: &NewType, site: &Site<'_>) -> bool {
    let (from, to) = ends(column, new, site);
    is_bounded(to) && longest(from).is_none_or(|longest| Some(longest) > string_length(to.modifier))
}

/// Whether the values are floating-point numbers that become exact ones. A cast rounds them to 6 or 15 digits.
pub fn makes_floats_exact(column: &Column, new: &NewType, site: &Site<'_>) -> bool {
    let (from, to) = ends(column, new, site);
    FLOATS.contains(&from.oid) && to.oid == oids::NUMERIC
}

/// What happens to values that the new type cannot hold; `None` where it can hold all of them.
pub fn find_loss(column: &Column, new: &NewType, site: &Site<'_>) -> Option<Loss> {
    let is_cast = match new.conversion {
        Conversion::Cast | Conversion::CastText => true,
        // Nobody has looked whether the values are those of the other column.
        Conversion::AsReferenced => site.relation.constraints.iter().any(|constraint| {
            let is_unchecked = !constraint.validated || !constraint.enforced;
            constraint.kind == ConstraintKind::ForeignKey && is_unchecked && constraint.columns.contains(&column.number)
        }),
        _ => false,
    };
    let (from, to) = ends(column, new, site);
    if !is_cast || to.oid == 0 {
        return None;
    }
    if STRING_TYPES.contains(&to.oid) {
        return would_cut(column, new, site).then(|| Loss::Fails("a value is longer".to_owned()));
    }
    let digits = if from.oid == oids::NUMERIC { numeric_digits(from.modifier) } else { None };
    match (digits, room_of(to.oid)) {
        (Some((whole, decimals)), Some(room)) if decimals <= 0 => {
            (whole > room).then(|| Loss::Fails(format!("a value has no place in {}", new.sql)))
        }
        _ => may_change(from, to, site).then_some(Loss::Changes),
    }
}

/// Whether old values that say nothing of a time zone are read as what they mean in that of the session.
pub fn reads_in_zone_of_session(column: &Column, new: &NewType, site: &Site<'_>) -> bool {
    let is_cast = matches!(new.conversion, Conversion::Cast | Conversion::CastText | Conversion::AsReferenced);
    let is_zoneless = [oids::TIMESTAMP, oids::DATE].iter().any(|oid| column.data_type.contains(*oid));
    let (_, to) = ends(column, new, site);
    is_cast
        && is_zoneless
        // A composite type that is made first is not there yet.
        && (to.oid == oids::TIMESTAMPTZ || to.oid == 0 || is_range_of(to, oids::TIMESTAMPTZ, site))
}

/// How many digits every number of a type of integers may have.
fn room_of(data_type: Oid) -> Option<i32> {
    match data_type {
        oids::INT2 => Some(4),
        oids::INT4 => Some(9),
        oids::INT8 => Some(18),
        _ => None,
    }
}

/// Whether a cast may make other values.
fn may_change(from: TypeUse, to: TypeUse, site: &Site<'_>) -> bool {
    let is_integer = |oid: Oid| oids::INTEGERS.contains(&oid);
    let decimals = |number: TypeUse| numeric_digits(number.modifier).map(|(_, decimals)| decimals);
    match (from.oid, to.oid) {
        (oids::NUMERIC, oids::NUMERIC) => decimals(to).is_some_and(|to| decimals(from).is_none_or(|from| from > to)),
        (from, oids::NUMERIC) => to.modifier >= 0 && !is_integer(from),
        (same, other) if same == other => to.modifier >= 0 && (from.modifier < 0 || from.modifier > to.modifier),
        (oids::INT8 | oids::NUMERIC, oids::FLOAT8) => true,
        (oids::INT4 | oids::INT8 | oids::NUMERIC, oids::FLOAT4) => true,
        // What a string does not say, or what is too large, fails.
        (from, _) if STRING_TYPES.contains(&from) => false,
        (from, to) if is_integer(from) && is_integer(to) => false,
        (oids::JSON, oids::JSONB) => false,
        // Times become moments, each another one.
        _ if is_range_of(from, oids::TIMESTAMP, site) && is_range_of(to, oids::TIMESTAMPTZ, site) => false,
        (from, to) => site.catalog().implicit_cast(from, to).is_none(),
    }
}

/// Whether a type is a range, or several ranges, of values of a type.
fn is_range_of(range: TypeUse, wanted: Oid, site: &Site<'_>) -> bool {
    let shape = site.catalog().type_shape(range.oid, range.modifier);
    matches!(shape, TypeShape::Range { subtype } | TypeShape::Multirange { subtype } if subtype == wanted)
}

/// The type of a column and its new one; oid 0 where that is not there yet.
fn ends(column: &Column, new: &NewType, site: &Site<'_>) -> (TypeUse, TypeUse) {
    let (oid, modifier) = site.catalog().resolve_type(&new.sql).unwrap_or((0, -1));
    let own = TypeUse { oid: column.data_type.oid, modifier: column.data_type.modifier };
    (innermost(own, site), innermost(TypeUse { oid, modifier }, site))
}

/// What is left of a type without domains and arrays.
fn innermost(mut data_type: TypeUse, site: &Site<'_>) -> TypeUse {
    loop {
        data_type = match site.catalog().type_shape(data_type.oid, data_type.modifier) {
            TypeShape::Array { element } => element,
            TypeShape::Domain { base } => base,
            _ => return data_type,
        };
    }
}

/// Whether a type has strings up to a length.
fn is_bounded(data_type: TypeUse) -> bool {
    STRING_TYPES.contains(&data_type.oid) && string_length(data_type.modifier).is_some()
}

/// The length of the longest text that a value of a type can have; `None` where there is no such length, or none that is
/// known.
pub fn longest(data_type: TypeUse) -> Option<i32> {
    const SIGN: i32 = 1;
    match data_type.oid {
        oids::INT2 => Some(SIGN + 5),
        oids::INT4 => Some(SIGN + 10),
        oids::INT8 => Some(SIGN + 19),
        oids::NUMERIC => match numeric_digits(data_type.modifier) {
            Some((whole, decimals)) if decimals <= 0 => Some(SIGN + whole),
            _ => None,
        },
        oids::UUID => Some(36),
        oids::VARCHAR | oids::BPCHAR => string_length(data_type.modifier),
        _ => None,
    }
}
