//! Settings that are JSON: read with serde, refused with the place of the part that is wrong.

use serde::de::DeserializeOwned;

use crate::settings::BadValue;

/// Reads JSON; the refusal names the place below `setting`: `required_columns.created_at.type`.
pub fn parse<T: DeserializeOwned>(setting: &str, text: &str) -> Result<T, BadValue> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        // "." is the root, "?" what could not be told any more.
        let path = error.path().to_string();
        let path = path.trim_end_matches('?').trim_matches('.');
        let place = if path.is_empty() { setting.to_owned() } else { format!("{setting}.{path}") };
        bad(&place, error.inner())
    })?;
    reader.end().map_err(|error| bad(setting, &error))?;
    Ok(value)
}

fn bad(place: &str, error: &serde_json::Error) -> BadValue {
    BadValue { detail: format!("{place}: {error}."), hint: None }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Entry {
        #[allow(dead_code)]
        size: u32,
    }

    fn refused(text: &str) -> String {
        parse::<BTreeMap<String, Entry>>("option", text).unwrap_err().detail
    }

    #[test]
    fn the_bad_part_is_named() {
        assert!(parse::<BTreeMap<String, Entry>>("option", r#"{"a": {"size": 1}}"#).is_ok());
        assert!(refused(r#"{"a": {"size": "x"}}"#).starts_with("option.a.size: invalid type"));
        assert!(refused(r#"{"a": {"sise": 1}}"#).starts_with("option.a.sise: unknown field `sise`"));
        assert!(refused("{").starts_with("option: EOF"));
        assert!(refused("{} x").starts_with("option: trailing characters"));
    }
}
