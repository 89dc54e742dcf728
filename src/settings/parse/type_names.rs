//! Lists of types by their names in SQL.

use crate::facts::DataType;
use crate::rule::Catalog;
use crate::settings::{BadValue, TypeMention};

/// Types by their names: `uuid, character varying(36), numeric(12,2)`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TypeNames(pub Vec<String>);

impl TypeNames {
    /// Reads a comma-separated list; commas between parentheses belong to a type.
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        let mut names = vec![String::new()];
        let mut depth = 0;
        for c in text.chars() {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            match names.last_mut() {
                Some(name) if c != ',' || depth > 0 => name.push(c),
                _ => names.push(String::new()),
            }
        }
        let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
        if text.trim().is_empty() {
            return Ok(Self(Vec::new()));
        }
        match names.iter().position(String::is_empty) {
            Some(at) => Err(BadValue { detail: format!("Item {} of the list is empty.", at + 1), hint: None }),
            None => Ok(Self(names)),
        }
    }

    /// The types as an option `setting` mentions them.
    pub fn mentions(&self, setting: &str) -> Vec<TypeMention> {
        self.0.iter().map(|name| TypeMention { place: setting.to_owned(), name: name.clone() }).collect()
    }

    /// Whether one of the types is `data_type`. A type that is written without a modifier stands for every modifier.
    pub fn include(&self, data_type: &DataType, catalog: &dyn Catalog) -> bool {
        self.0.iter().any(|name| is_type(data_type, name, catalog))
    }
}

/// A type, and what is below it where it is a domain.
pub fn with_base(data_type: &DataType, catalog: &dyn Catalog) -> Vec<DataType> {
    let base = catalog.base_type(data_type.oid, data_type.modifier);
    let below =
        (base.oid != data_type.oid).then(|| DataType { oid: base.oid, modifier: base.modifier, parts: [].into() });
    [data_type.clone()].into_iter().chain(below).collect()
}

/// `character` and `bit`, which SQL reads as of length 1 where no length is written.
const DEFAULT_LENGTH_TYPES: [u32; 2] = [1042, 1560];

/// Whether `data_type` is the type of this name. A name without a modifier stands for every modifier.
///
/// # Panics
/// Where there is no such type: it was there, or could not be looked up, when the setting was made.
pub fn is_type(data_type: &DataType, name: &str, catalog: &dyn Catalog) -> bool {
    let Some((oid, modifier)) = catalog.resolve_type(name) else {
        panic!("a setting names type \"{name}\", which does not exist")
    };
    let unwritten = DEFAULT_LENGTH_TYPES.contains(&oid) && !name.contains('(');
    data_type.oid == oid && (modifier == -1 || unwritten || data_type.modifier == modifier)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FakeCatalog, column};

    #[test]
    fn commas_between_parentheses_belong_to_the_type() {
        assert_eq!(TypeNames::parse("a, numeric(12,2) ,b[]").unwrap().0, ["a", "numeric(12,2)", "b[]"]);
        assert_eq!(TypeNames::parse(" ").unwrap().0, Vec::<String>::new());
        assert_eq!(TypeNames::parse("a,,b").unwrap_err().detail, "Item 2 of the list is empty.");
    }

    #[test]
    fn a_modifier_counts_where_it_is_written() {
        let mut data_type = column(1, "a", 1043).data_type;
        let is = |data_type: &DataType, names: &str| TypeNames::parse(names).unwrap().include(data_type, &FakeCatalog);
        assert!(is(&data_type, "uuid, character varying") && !is(&data_type, "character varying(36)"));
        data_type.modifier = 40;
        assert!(is(&data_type, "character varying") && is(&data_type, "character varying(36)"));
        assert!(!is(&data_type, "uuid, bigint"));
    }
}
