//! Lists of types by their names in SQL.

use crate::settings::{BadValue, Mention};

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

    /// The types as the option called `option` mentions them.
    pub fn mentions(&self, option: &str) -> Vec<Mention> {
        self.0.iter().map(|name| Mention::of_type(option, name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_between_parentheses_belong_to_the_type() {
        assert_eq!(TypeNames::parse("a, numeric(12,2) ,b[]").unwrap().0, ["a", "numeric(12,2)", "b[]"]);
        assert_eq!(TypeNames::parse(" ").unwrap().0, Vec::<String>::new());
        assert_eq!(TypeNames::parse("a,,b").unwrap_err().detail, "Item 2 of the list is empty.");
    }
}
