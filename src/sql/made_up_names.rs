//! The names that PostgreSQL makes up for what was given none (`makeObjectName()` and `ChooseIndexColumnNames()`).

use super::MAX_NAME_BYTES;

/// `table_middle_label`. A name that would be too long is cut in the table or in the middle, of which the longer one is
/// cut first; the label remains. It never cuts inside a character.
pub fn made_up_name(table: &str, middle: Option<&str>, label: &str) -> String {
    let available = MAX_NAME_BYTES.saturating_sub(label.len() + 1 + usize::from(middle.is_some()));
    let (mut of_table, mut of_middle) = (table.len(), middle.map_or(0, str::len));
    while of_table + of_middle > available {
        match of_table > of_middle {
            true => of_table -= 1,
            false => of_middle -= 1,
        }
    }
    let cut = |name: &str, length: usize| name[..name.floor_char_boundary(length)].to_owned();
    let parts = [Some(cut(table, of_table)), middle.map(|middle| cut(middle, of_middle)), Some(label.to_owned())];
    parts.into_iter().flatten().collect::<Vec<_>>().join("_")
}

/// Whether a name is the one that PostgreSQL makes up of these parts, or the one with a number behind it where that one
/// was taken.
pub fn is_made_up_name(name: &str, table: &str, middle: Option<&str>, label: &str) -> bool {
    let (stem, number) = split_number(name);
    let is_number = number.is_empty() || (!number.starts_with('0') && number.parse::<i32>().is_ok());
    is_number && stem.ends_with(label) && made_up_name(table, middle, &format!("{label}{number}")) == name
}

/// Whether a name ends as if it was made up with this label.
pub fn has_label(name: &str, label: &str) -> bool {
    split_number(name).0.strip_suffix(label).is_some_and(|rest| rest.ends_with('_'))
}

fn split_number(name: &str) -> (&str, &str) {
    name.split_at(name.trim_end_matches(|c: char| c.is_ascii_digit()).len())
}

/// The columns of an index as its name has them, joined: one that occurs again gets a number.
pub fn index_columns_in_name<'a>(columns: impl IntoIterator<Item = &'a str>) -> String {
    let mut chosen: Vec<String> = Vec::new();
    for column in columns {
        let numbered = |number: usize| {
            let number = if number == 0 { String::new() } else { number.to_string() };
            format!("{}{number}", &column[..column.floor_char_boundary(MAX_NAME_BYTES - number.len())])
        };
        let free = (0..).map(numbered).find(|name| !chosen.contains(name));
        chosen.extend(free);
    }
    chosen.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_part_is_cut_first() {
        let (a, b) = ("a".repeat(63), "b".repeat(63));
        assert_eq!(made_up_name("t", Some("a"), "key"), "t_a_key");
        assert_eq!(made_up_name(&a, None, "pkey"), format!("{}_pkey", &a[..58]));
        assert_eq!(made_up_name(&a, Some("b"), "key"), format!("{}_b_key", &a[..57]));
        assert_eq!(made_up_name("a", Some(&b), "key"), format!("a_{}_key", &b[..57]));
        assert_eq!(made_up_name(&a, Some(&b), "key"), format!("{}_{}_key", &a[..29], &b[..29]));
        assert_eq!(made_up_name(&a, Some(&b), "fkey"), format!("{}_{}_fkey", &a[..29], &b[..28]));
        assert_eq!(made_up_name(&"ä".repeat(31), None, "check1"), format!("{}_check1", "ä".repeat(28)));
    }

    #[test]
    fn a_number_stands_behind_the_label() {
        for name in ["t_a_key", "t_a_key1", "t_a_key12"] {
            assert!(is_made_up_name(name, "t", Some("a"), "key"), "{name}");
        }
        for name in ["t_a_key0", "t_a_key01", "t_a_key_1", "t_b_key", "t_a_keys", "t_key", "t_a_key99999999999"] {
            assert!(!is_made_up_name(name, "t", Some("a"), "key"), "{name}");
        }
        let long = "a".repeat(63);
        assert!(is_made_up_name(&format!("{}_pkey10", &long[..56]), &long, None, "pkey"));
        assert!(!is_made_up_name(&format!("{}_pkey10", &long[..55]), &long, None, "pkey"));
    }

    #[test]
    fn columns_that_occur_again_are_numbered() {
        assert_eq!(index_columns_in_name(["a", "b", "a", "a1", "a"]), "a_b_a1_a11_a2");
        let long = "a".repeat(63);
        assert_eq!(index_columns_in_name([long.as_str(), &long]), format!("{long}_{}1", &long[..62]));
    }
}
