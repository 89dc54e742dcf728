//! A violation as a report has it, which is also an object of JSON.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::rule::{Rule, Status, Violation};
use crate::rules;
use crate::settings::Level;

/// A violation with its status. The fields have the names of the columns of `guardrail.audit()`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    #[serde(serialize_with = "write_rule", deserialize_with = "read_rule")]
    pub rule: &'static Rule,
    #[serde(serialize_with = "write_level", deserialize_with = "read_level")]
    pub level: Level,
    #[serde(serialize_with = "write_status", deserialize_with = "read_status")]
    pub status: Status,
    /// Whether it is a violation for certain.
    pub certain: bool,
    pub moment: String,
    pub object_kind: String,
    pub schema_name: String,
    pub table_name: String,
    pub column_name: Option<String>,
    /// As in PostgreSQL's own messages, the name of an index is that of a constraint as well.
    pub constraint_name: Option<String>,
    pub index_name: Option<String>,
    pub data_type: Option<String>,
    pub message: String,
    pub reason: String,
    pub fix: String,
    pub fix_applies: String,
    pub fix_caution: Option<String>,
    pub fingerprint: String,
    /// Where the statement stands that has added it, if it came from a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line of that file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

impl Entry {
    /// The entry of a violation; `None` if its rule is unknown, which does not happen.
    pub fn new(violation: &Violation, status: Status) -> Option<Self> {
        let optional = |name: &Option<String>| name.clone();
        Some(Self {
            rule: rules::find(violation.rule)?,
            level: violation.level,
            status,
            certain: violation.is_certain,
            moment: violation.moment.word().to_owned(),
            object_kind: violation.object_kind.to_owned(),
            schema_name: violation.relation.schema.clone(),
            table_name: violation.relation.name.clone(),
            column_name: optional(&violation.column),
            constraint_name: violation.constraint.clone().or_else(|| violation.index.clone()),
            index_name: optional(&violation.index),
            data_type: violation.data_type.as_ref().map(|name| name.to_string()),
            message: violation.message.clone(),
            reason: violation.reason.clone().into_owned(),
            fix: violation.fix.text(),
            fix_applies: violation.fix.applies.words().to_owned(),
            fix_caution: optional(&violation.fix.caution),
            fingerprint: violation.fingerprint.clone(),
            file: None,
            line: None,
        })
    }

    /// The column, constraint or index that it is about, if it is about one.
    pub fn part(&self) -> Option<&str> {
        self.column_name.as_deref().or(self.constraint_name.as_deref()).or(self.index_name.as_deref())
    }

    /// The names of what it is about, as far as there are any, with dots between them: `public.orders.at`.
    pub fn path(&self) -> String {
        let names = [Some(self.schema_name.as_str()), Some(self.table_name.as_str()), self.part()];
        names.into_iter().flatten().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(".")
    }

    /// Reads the lines of the format `json`, of which blank ones are skipped. What is wrong with a line comes with its number.
    pub fn read_lines(text: &str) -> impl Iterator<Item = Result<Self, (usize, String)>> {
        let numbered = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        numbered.map(|(number, line)| Self::read(line).map_err(|problem| (number, problem)))
    }

    fn read(line: &str) -> Result<Self, String> {
        let mut source = serde_json::Deserializer::from_str(line);
        let entry: Self = serde_path_to_error::deserialize(&mut source).map_err(|error| {
            let field = error.path().to_string();
            let place = format!(" at line {} column {}", error.inner().line(), error.inner().column());
            let cause = error.inner().to_string();
            let cause = cause.strip_suffix(&place).unwrap_or(&cause);
            if [".", "?"].contains(&field.as_str()) { cause.to_owned() } else { format!("{field}: {cause}") }
        })?;
        source.end().map_err(|_| "there is something behind the object".to_owned())?;
        // No text of PostgreSQL holds this character, and not every format can write it.
        if line.contains(NUL) && holds_nul(&serde_json::from_str(line).unwrap_or_default()) {
            return Err(format!("it holds the character {NUL}, which no text can have"));
        }
        match &entry {
            Self { line: Some(0), .. } => Err("line: the first one is 1".to_owned()),
            Self { file: Some(file), .. } if file.trim().is_empty() => Err("file: it is empty".to_owned()),
            _ => Ok(entry),
        }
    }
}

/// How JSON writes the character whose number is 0.
const NUL: &str = "\\u0000";

fn holds_nul(value: &serde_json::Value) -> bool {
    value
        .as_object()
        .is_some_and(|fields| fields.values().any(|it| it.as_str().is_some_and(|text| text.contains('\0'))))
}

fn write_rule<S: Serializer>(rule: &&'static Rule, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(rule.id)
}

fn read_rule<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static Rule, D::Error> {
    let id = String::deserialize(deserializer)?;
    rules::find(&id).ok_or_else(|| D::Error::custom(format!("there is no rule \"{id}\"")))
}

fn write_level<S: Serializer>(level: &Level, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(level.word())
}

fn read_level<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Level, D::Error> {
    let levels: Vec<Level> = Level::ALL.iter().copied().filter(|level| *level != Level::Off).collect();
    read_word(deserializer, &levels, Level::word)
}

fn write_status<S: Serializer>(status: &Status, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(status.word())
}

fn read_status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Status, D::Error> {
    read_word(deserializer, Status::ALL, Status::word)
}

fn read_word<'de, T: Copy, D: Deserializer<'de>>(
    deserializer: D,
    all: &[T],
    word: fn(T) -> &'static str,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    all.iter().copied().find(|value| word(*value) == text).ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|value| word(*value)).collect();
        D::Error::custom(format!("\"{text}\" is none of {}", words.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::violation;

    fn line() -> String {
        let entry = Entry::new(&violation("fk_without_index"), Status::Open).unwrap();
        serde_json::to_string(&entry).unwrap()
    }

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let entry = Entry::read_lines(&format!("\n{}\n", line())).next().unwrap().ok().unwrap();
        assert_eq!(serde_json::to_string(&entry).unwrap(), line());
        let with_file = line().replace("\"fingerprint\"", "\"file\":\"a.sql\",\"line\":7,\"fingerprint\"");
        let entry = Entry::read_lines(&with_file).next().unwrap().ok().unwrap();
        assert_eq!((entry.file.as_deref(), entry.line), (Some("a.sql"), Some(7)));
    }

    #[test]
    fn a_backslash_before_a_word_is_no_character() {
        let text = line().replace("It hurts", "It \\\\u0000 hurts");
        assert_eq!(Entry::read_lines(&text).next().unwrap().ok().unwrap().reason, "It \\u0000 hurts.");
    }

    #[test]
    fn a_bad_line_is_named() {
        for (bad, words) in [
            (line().replace("fk_without_index\"", "fk_without_indx\""), "rule: there is no rule \"fk_without_indx\""),
            (line().replace("\"error\"", "\"off\""), "level: \"off\" is none of notice, warning, error"),
            (line().replace("\"open\"", "3"), "status: invalid type"),
            (line().replace("certain", "curtain"), "curtain: unknown field"),
            (format!("{} x", line()), "behind the object"),
            ("{}".to_owned(), "missing field `rule`"),
            ("{".to_owned(), "EOF while parsing an object"),
            (line().replace("It hurts", "It\\u0000hurts"), "holds the character \\u0000"),
        ] {
            let text = format!("{}\n\n{bad}", line());
            let (number, problem) = Entry::read_lines(&text).nth(1).unwrap().err().unwrap();
            assert_eq!(number, 3);
            assert!(problem.contains(words) && !problem.starts_with('?'), "{problem}");
        }
    }
}
