//! Data types: groups of them, and whether a column is of a type that a setting names.

use crate::facts::{DataType, Oid, oids};
use crate::rule::Catalog;
use crate::settings::parse::type_list::TypeNames;

/// The types of strings: text, character and character varying.
pub const STRING_TYPES: [Oid; 3] = [oids::TEXT, oids::BPCHAR, oids::VARCHAR];

/// Whether a type is one of the named types.
pub fn is_among(data_type: &DataType, names: &TypeNames, catalog: &dyn Catalog) -> bool {
    names.0.iter().any(|name| is_type(data_type, name, catalog))
}

/// Whether a type is the one of this name. A name without a modifier stands for every modifier, and a name that no type
/// has for no type.
pub fn is_type(data_type: &DataType, name: &str, catalog: &dyn Catalog) -> bool {
    // In SQL, these two are of length 1 where no length is written.
    const OF_LENGTH_ONE: [u32; 2] = [oids::BPCHAR, oids::BIT];
    let Some((oid, modifier)) = catalog.resolve_type(name) else { return false };
    let is_length_implied = OF_LENGTH_ONE.contains(&oid) && !name.contains('(');
    data_type.oid == oid && (modifier == -1 || is_length_implied || data_type.modifier == modifier)
}

/// What PostgreSQL adds to a length in a type's modifier.
const HEADER: i32 = 4;

/// The number of characters that a type of strings allows; `None` where it allows any number.
pub fn string_length(modifier: i32) -> Option<i32> {
    (modifier >= HEADER).then(|| modifier - HEADER)
}

/// How many digits a `numeric` may have before its point, and how many behind it; `None` where it may have any number.
/// Fewer than none behind the point means that it ends in zeros.
pub fn numeric_digits(modifier: i32) -> Option<(i32, i32)> {
    let digits = (modifier >= HEADER).then(|| modifier - HEADER)?;
    // The scale is a signed number of 11 bits.
    let scale = ((digits & 0x7ff) ^ 0x400) - 0x400;
    Some(((digits >> 16) - scale, scale))
}

/// A type itself and, for a domain, the type below it.
pub fn with_base(data_type: &DataType, catalog: &dyn Catalog) -> Vec<DataType> {
    let base = catalog.base_type(data_type.oid, data_type.modifier);
    let below = (base.oid != data_type.oid).then(|| DataType {
        oid: base.oid,
        modifier: base.modifier,
        component_types: [].into(),
    });
    [data_type.clone()].into_iter().chain(below).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FakeCatalog, column};

    #[test]
    fn a_modifier_tells_the_digits_of_a_number() {
        let numeric = |precision: i32, scale: i32| ((precision << 16) | (scale & 0x7ff)) + HEADER;
        assert_eq!(numeric_digits(-1), None);
        assert_eq!(numeric_digits(numeric(12, 2)), Some((10, 2)));
        assert_eq!(numeric_digits(numeric(30, 0)), Some((30, 0)));
        assert_eq!(numeric_digits(numeric(5, -2)), Some((7, -2)));
        assert_eq!(numeric_digits(numeric(2, 4)), Some((-2, 4)));
        assert_eq!((string_length(-1), string_length(40)), (None, Some(36)));
    }

    #[test]
    fn a_modifier_counts_where_it_is_written() {
        let mut data_type = column(1, "a", oids::VARCHAR).data_type;
        let is = |data_type: &DataType, names: &str| {
            is_among(data_type, &TypeNames::parse(names).unwrap(), &FakeCatalog::default())
        };
        assert!(is(&data_type, "uuid, character varying"));
        assert!(!is(&data_type, "character varying(36)"));
        data_type.modifier = 40;
        assert!(is(&data_type, "character varying"));
        assert!(is(&data_type, "character varying(36)"));
        assert!(!is(&data_type, "uuid, bigint"));
    }
}
