//! The texts of options: what is accepted can be written and read again, and what is refused is named.

use crate::facts::{Action, ConstraintKind};
use crate::rules;
use crate::settings::BadValue;
use crate::settings::parse::list;
use crate::settings::parse::type_list::TypeNames;
use crate::settings::parse::{interval, switch};
use crate::settings::shared::REQUIRED_COLUMNS;

/// An item of a list as it can be written, whatever it holds.
fn quoted(item: &str) -> String {
    format!("\"{}\"", item.replace('"', "\"\""))
}

pub fn lists(text: &str) {
    match list::split(text) {
        Ok(items) => {
            assert!(items.iter().all(|item| !item.is_empty()));
            let written = items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(" ,");
            assert_eq!(list::split(&written), Ok(items));
        }
        Err(bad) => {
            let number =
                bad.detail.strip_prefix("Item ").and_then(|rest| rest.split(' ').next()?.parse::<usize>().ok());
            let number = number.unwrap_or_else(|| panic!("no item is named: {}", bad.detail));
            assert!((1..=text.matches(',').count() + 1).contains(&number), "{}", bad.detail);
        }
    }
}

pub fn words(text: &str) {
    words_of(text, &Action::ALL, Action::words);
    words_of(text, &ConstraintKind::ALL, ConstraintKind::words);
}

fn words_of<T: Copy + PartialEq + std::fmt::Debug>(text: &str, all: &[T], words: fn(T) -> &'static str) {
    match list::parse_words(text, all, words, "one") {
        Ok(chosen) => {
            assert!(!chosen.is_empty() && chosen.len() <= all.len());
            assert_eq!(list::parse_words(&list::join(&chosen, words), all, words, "one"), Ok(chosen));
        }
        Err(bad) => match list::split(text) {
            Err(broken) => assert_eq!(bad, broken),
            Ok(items) => {
                let is_named = |item: &String| bad.detail.starts_with(&format!("\"{item}\" is not one."));
                assert!(items.is_empty() || items.iter().any(is_named), "{}", bad.detail);
            }
        },
    }
}

pub fn types(text: &str) {
    match TypeNames::parse(text) {
        Ok(names) => {
            assert!(names.0.iter().all(|name| !name.is_empty() && name.trim() == name));
            assert_eq!(TypeNames::parse(&names.0.join(", ")), Ok(names));
        }
        Err(bad) => assert!(bad.detail.starts_with("Item ")),
    }
}

pub fn intervals(text: &str) {
    match interval::parse(text) {
        Ok(None) => assert!(text.split_ascii_whitespace().next().is_none()),
        Ok(Some(read)) => {
            assert_eq!(read, text.trim());
            assert!(read.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c.is_ascii_whitespace()), "{read}");
            assert_eq!(interval::parse(&read), Ok(Some(read)));
        }
        Err(bad) => assert_names_a_part(&bad, text),
    }
}

pub fn switches(text: &str) {
    match switch::parse(text) {
        Ok(value) => assert_eq!(switch::parse(&text.trim().to_uppercase()), Ok(value)),
        Err(bad) => assert_names_a_part(&bad, text),
    }
}

/// Asserts that the refusal quotes some part of the text.
fn assert_names_a_part(bad: &BadValue, text: &str) {
    let quoted = bad.detail.strip_prefix('"').and_then(|rest| rest.rsplit_once('"'));
    assert!(quoted.is_some_and(|(part, _)| text.contains(part)), "{} does not quote {text:?}", bad.detail);
}

/// A value that was read from JSON has only names and types that PostgreSQL can have.
pub fn json(text: &str) {
    match (REQUIRED_COLUMNS.parse)(text) {
        Ok(columns) => {
            for (name, requirement) in &columns.0 {
                assert!(!name.is_empty() && name.len() <= 63);
                assert!(!name.contains('\0') && !requirement.data_type.contains('\0'), "{name:?}");
            }
            let mentions = (REQUIRED_COLUMNS.mentions)(&columns);
            assert_eq!(mentions.len(), columns.0.len());
        }
        Err(bad) => assert!(bad.detail.starts_with("required_columns"), "{}", bad.detail),
    }
}

/// Every option takes or refuses every text, and names only what a text of PostgreSQL can hold.
pub fn all(text: &str) {
    for option in rules::OPTIONS.iter() {
        match option.parse_any(text) {
            Ok(_) => {
                for mention in option.mentions_in(text) {
                    assert!(mention.place.starts_with(option.name()), "{}", mention.place);
                    assert!(!mention.name.contains('\0'), "{}: {:?}", option.name(), mention.name);
                }
            }
            Err(bad) => assert!(!bad.detail.is_empty(), "{}", option.name()),
        }
    }
}
