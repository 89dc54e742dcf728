//! Options whose texts are JSON. serde reads them; a refusal names the place of the part that is wrong.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

use crate::settings::BadValue;

/// Reads the JSON object of the option called `setting`. The refusal names the wrong part by its place below that name:
/// `required_columns.created_at.type`.
pub fn parse<T: DeserializeOwned>(setting: &str, text: &str) -> Result<BTreeMap<String, T>, BadValue> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let Entries(value) = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        // The path is "." at the root, and ends in "?" where serde knows no more of it.
        let path = error.path().to_string();
        let path = path.trim_end_matches('?').trim_matches('.');
        let place = if path.is_empty() { setting.to_owned() } else { format!("{setting}.{path}") };
        bad(&place, error.inner())
    })?;
    reader.end().map_err(|error| bad(setting, &error))?;
    refuse_nul(setting, text)?;
    Ok(value)
}

/// How JSON writes the character whose number is 0.
const NUL: &str = "\\u0000";

/// No name and no text of PostgreSQL holds the character whose number is 0, which only JSON can write.
fn refuse_nul(setting: &str, text: &str) -> Result<(), BadValue> {
    let value: Value = match text.contains(NUL) {
        true => serde_json::from_str(text).unwrap_or_default(),
        false => return Ok(()),
    };
    match place_of_nul(&value) {
        Some(place) => Err(BadValue {
            detail: format!("{setting}{place}: it holds the character {NUL}, which no text can have."),
            hint: None,
        }),
        None => Ok(()),
    }
}

/// Where that character stands, in a name or a text: `.created_at.type`; `None` where it does not.
fn place_of_nul(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => items.iter().find_map(place_of_nul),
        Value::Object(fields) => fields.iter().find_map(|(name, value)| match name.contains('\0') {
            true => Some(String::new()),
            false => place_of_nul(value).map(|place| format!(".{name}{place}")),
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Values by name. Two values under one name are refused: serde would silently take the last one.
struct Entries<T>(BTreeMap<String, T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Reading<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reading<T> {
            type Value = Entries<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut entries = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, T>()? {
                    if entries.contains_key(&name) {
                        return Err(M::Error::custom(format!("\"{name}\" occurs twice")));
                    }
                    entries.insert(name, value);
                }
                Ok(Entries(entries))
            }
        }

        reader.deserialize_map(Reading(PhantomData))
    }
}

fn bad(place: &str, error: &serde_json::Error) -> BadValue {
    BadValue { detail: format!("{place}: {error}."), hint: None }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Entry {
        #[allow(dead_code)]
        size: u32,
    }

    fn refused(text: &str) -> String {
        parse::<Entry>("option", text).unwrap_err().detail
    }

    #[test]
    fn the_bad_part_is_named() {
        assert!(parse::<Entry>("option", r#"{"a": {"size": 1}}"#).is_ok());
        assert!(refused(r#"{"a": {"size": "x"}}"#).starts_with("option.a.size: invalid type"));
        assert!(refused(r#"{"a": {"sise": 1}}"#).starts_with("option.a.sise: unknown field `sise`"));
        let twice = refused(r#"{"a": {"size": 1}, "b": {"size": 1}, "a": {"size": 2}}"#);
        assert!(twice.starts_with("option") && twice.contains("\"a\" occurs twice"), "{twice}");
        assert!(refused(r#"{"a": {"size": 1, "size": 2}}"#).contains("duplicate field `size`"));
        assert!(refused("[1]").starts_with("option: invalid type: sequence, expected an object"));
        assert!(refused("{").starts_with("option: EOF"));
        assert!(refused("{} x").starts_with("option: trailing characters"));
    }

    #[test]
    fn the_character_0_is_in_no_name_and_no_text() {
        let refused = |text| parse::<String>("option", text).unwrap_err().detail;
        let words = "it holds the character \\u0000, which no text can have.";
        assert_eq!(refused(r#"{"a": "x\u0000"}"#), format!("option.a: {words}"));
        assert_eq!(refused(r#"{"a\u0000": "x"}"#), format!("option: {words}"));
        assert!(parse::<String>("option", r#"{"a": "\\u0000"}"#).is_ok(), "it is a backslash and five characters");
    }
}
