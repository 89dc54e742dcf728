//! Columns that a table must have, as a JSON object describes them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::json;
use crate::settings::{BadValue, Mention};
use crate::sql;

/// The columns that every table must have, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequiredColumns(pub BTreeMap<String, Requirement>);

/// What a required column must be like.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, expecting = "an object with \"type\", \"not_null\" and \"default\"")]
pub struct Requirement {
    #[serde(rename = "type")]
    pub data_type: String,
    #[serde(default)]
    pub not_null: bool,
    #[serde(default)]
    pub default: bool,
}

impl RequiredColumns {
    /// Reads the JSON object of the option called `option`.
    pub fn parse(option: &str, text: &str) -> Result<Self, BadValue> {
        let columns = json::parse::<Requirement>(option, text)?;
        match columns.keys().find(|name| name.is_empty() || sql::truncate(name) != name.as_str()) {
            Some(name) => {
                Err(BadValue { detail: format!("{option}: no column can have the name \"{name}\"."), hint: None })
            }
            None => Ok(Self(columns)),
        }
    }

    /// Whether a column of this name is required.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The types as the option called `option` mentions them.
    pub fn mentions(&self, option: &str) -> Vec<Mention> {
        let mention = |(name, requirement): (&String, &Requirement)| {
            Mention::of_type(format!("{option}.{name}.type"), &requirement.data_type)
        };
        self.0.iter().map(mention).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<RequiredColumns, BadValue> {
        RequiredColumns::parse("required_columns", text)
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refused = |text| parse(text).unwrap_err().detail;
        assert!(refused(r#"{"a": {"type": "uuid", "nul": 1}}"#).starts_with("required_columns.a.nul: unknown field"));
        assert!(refused(r#"{"a": "uuid"}"#).contains("expected an object with \"type\", "));
        assert!(refused(r#"{"a": {}}"#).starts_with("required_columns.a: missing field `type`"));
        assert!(refused(r#"{"": {"type": "uuid"}}"#).contains("no column can have the name"));
    }

    #[test]
    fn the_types_are_mentioned_with_their_places() {
        let mentions = parse(r#"{"a": {"type": "uuid"}}"#).unwrap().mentions("required_columns");
        let expected = Mention::of_type("required_columns.a.type", "uuid");
        assert_eq!(mentions, [expected]);
    }
}
