//! Options whose texts are comma-separated lists.

use crate::settings::BadValue;
use crate::sql::MAX_NAME_BYTES;

/// Splits a list at its commas. White space around an item is dropped. Double quotes around an item keep the commas and
/// the white space inside them, and a doubled quote inside stands for one quote. An empty text is an empty list.
pub fn split(text: &str) -> Result<Vec<String>, BadValue> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut items = Vec::new();
    let mut rest = text;
    loop {
        let (item, after) = next_item(rest, items.len() + 1)?;
        items.push(item);
        match after {
            Some(after) => rest = after,
            None => return Ok(items),
        }
    }
}

/// Reads the first item of a text. Gives it with the text that follows its comma, or with `None` at the end of the list.
fn next_item(text: &str, position: usize) -> Result<(String, Option<&str>), BadValue> {
    let text = text.trim_start();
    let Some(quoted) = text.strip_prefix('"') else {
        let (item, after) = match text.split_once(',') {
            Some((item, after)) => (item, Some(after)),
            None => (text, None),
        };
        return Ok((not_empty(item.trim_end(), position)?, after));
    };
    let mut item = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((_, c)) = chars.next() {
        if c != '"' {
            item.push(c);
        } else if chars.next_if(|(_, next)| *next == '"').is_some() {
            item.push('"');
        } else {
            let after = chars.peek().map_or("", |(at, _)| &quoted[*at..]).trim_start();
            let item = not_empty(&item, position)?;
            return match after.strip_prefix(',') {
                Some(after) => Ok((item, Some(after))),
                None if after.is_empty() => Ok((item, None)),
                None => Err(bad(format!("Item {position} of the list goes on after its closing quote: {after:?}."))),
            };
        }
    }
    Err(bad(format!("Item {position} of the list has no closing quote: \"{quoted}")))
}

fn not_empty(item: &str, position: usize) -> Result<String, BadValue> {
    match item {
        "" => Err(bad(format!("Item {position} of the list is empty."))),
        item => Ok(item.to_owned()),
    }
}

fn bad(detail: String) -> BadValue {
    BadValue { detail, hint: None }
}

/// Reads a list of values that each have their `words`. Upper and lower case are the same, and so is any white space
/// between the words of an item. The list must not be empty. `noun` says in the refusal what an item should have been.
pub fn parse_words<T: Copy + PartialEq>(
    text: &str,
    all: &[T],
    words: fn(T) -> &'static str,
    noun: &str,
) -> Result<Vec<T>, BadValue> {
    let hint = || Some(format!("Available values: {}.", join(all, words)));
    let mut chosen = Vec::new();
    for item in split(text)? {
        let folded = item.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        match all.iter().find(|value| words(**value) == folded) {
            Some(value) if chosen.contains(value) => {}
            Some(value) => chosen.push(*value),
            None => {
                let close = find_closest(&folded, all.iter().map(|value| words(*value)));
                let close = close.map_or(String::new(), |word| format!(" Did you mean \"{word}\"?"));
                return Err(BadValue { detail: format!("\"{item}\" is not {noun}.{close}"), hint: hint() });
            }
        }
    }
    if chosen.is_empty() {
        return Err(BadValue { detail: "The list is empty.".to_owned(), hint: hint() });
    }
    Ok(chosen)
}

/// The words of these values as a comma-separated list.
pub fn join<T: Copy>(values: &[T], words: fn(T) -> &'static str) -> String {
    values.iter().map(|value| words(*value)).collect::<Vec<_>>().join(", ")
}

/// The known word that is most like `word`, if any is near enough to be meant.
pub fn find_closest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > MAX_NAME_BYTES {
        return None;
    }
    known
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Action;

    fn items(text: &str) -> Vec<String> {
        split(text).unwrap()
    }

    #[test]
    fn splits_at_commas_outside_quotes() {
        assert_eq!(items(""), Vec::<String>::new());
        assert_eq!(items(" a ,b"), ["a", "b"]);
        assert_eq!(items(r#""a{1,3}", "say ""hi""" , c"#), ["a{1,3}", "say \"hi\"", "c"]);
        assert_eq!(items("größe,名"), ["größe", "名"]);
    }

    #[test]
    fn refuses_empty_and_broken_items() {
        for (text, words) in [
            ("a,,b", "Item 2 of the list is empty"),
            ("a,", "Item 2 of the list is empty"),
            (",", "Item 1 of the list is empty"),
            ("a, \"\"", "Item 2 of the list is empty"),
            ("\"a", "no closing quote"),
            ("\"a\" b", "goes on after its closing quote"),
        ] {
            let detail = split(text).unwrap_err().detail;
            assert!(detail.contains(words), "{text}: {detail}");
        }
    }

    #[test]
    fn words_are_folded_and_unknown_ones_named() {
        let parse = |text| parse_words(text, &Action::ALL, Action::words, "an ON DELETE action");
        assert_eq!(parse("SET   null, cascade, cascade").unwrap(), [Action::SetNull, Action::Cascade]);
        let refused = parse("cascade, restirct").unwrap_err();
        assert_eq!(refused.detail, "\"restirct\" is not an ON DELETE action. Did you mean \"restrict\"?");
        assert!(refused.hint.unwrap().starts_with("Available values: restrict, cascade"));
        assert_eq!(parse(" ").unwrap_err().detail, "The list is empty.");
    }
}
