//! Names as SQL: quoting, and the names that a fix suggests.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::facts::{ConstraintKind, QualifiedName};

/// PostgreSQL's limit for a name, in bytes (`NAMEDATALEN - 1`).
pub const MAX_NAME_BYTES: usize = 63;

/// The words that need quotes as a name in some position: every keyword of PostgreSQL 13 to 19 that is not
/// unreserved (source: the appendix "SQL Key Words" of the manuals).
const KEYWORDS: &str = "all analyse analyze and any array as asc asymmetric authorization between bigint binary bit \
    boolean both case cast char character check coalesce collate collation column concurrently constraint create cross \
    current_catalog current_date current_role current_schema current_time current_timestamp current_user dec decimal \
    default deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full \
    grant greatest group grouping having ilike in initially inner inout int integer intersect interval into is isnull \
    join json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize \
    json_table json_value lateral leading least left like limit localtime localtimestamp merge_action national natural \
    nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay placing \
    position precision primary real references returning right row select session_user setof similar smallint some \
    substring symmetric system_user table tablesample then time timestamp to trailing treat trim true union unique \
    user using values varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists \
    xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable";

static KEYWORD_SET: LazyLock<HashSet<&str>> = LazyLock::new(|| KEYWORDS.split_ascii_whitespace().collect());

/// A name as it must stand in SQL: quoted where it has to be.
pub fn quote(name: &str) -> String {
    let plain = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && !KEYWORD_SET.contains(name);
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// A schema-qualified name as it must stand in SQL.
pub fn quote_qualified(name: &QualifiedName) -> String {
    format!("{}.{}", quote(&name.schema), quote(&name.name))
}

/// A similar name that needs no quotes: small letters, digits, and underscores between the words. `after_keyword` is
/// appended to a reserved word; `before_digit` is put before a digit at the start.
pub fn plain_name(name: &str, after_keyword: &str, before_digit: &str) -> String {
    let mut plain = String::new();
    let mut previous = '_';
    let mut characters = name.chars().peekable();
    while let Some(c) = characters.next() {
        // A capital begins a word after a small letter or a digit, and where it is the last of several capitals before a
        // small letter.
        let is_last_capital = previous.is_uppercase() && characters.peek().is_some_and(|next| next.is_lowercase());
        if c.is_uppercase() && (previous.is_lowercase() || previous.is_numeric() || is_last_capital) {
            plain.push('_');
        }
        previous = c;
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => plain.push(c),
            _ if plain.ends_with('_') => {}
            _ => plain.push('_'),
        }
    }
    let plain = plain.trim_matches('_');
    match plain.chars().next() {
        Some(first) if first.is_ascii_digit() => format!("{before_digit}{plain}"),
        None => before_digit.trim_end_matches('_').to_owned(),
        _ if quote(plain) != plain => format!("{plain}{after_keyword}"),
        _ => plain.to_owned(),
    }
}

/// What the checks of a domain call its value.
pub const VALUE: &str = "VALUE";

/// Replaces names by some SQL in an expression or definition, but not in its string constants. `replacement` says by what,
/// or `None` for a name that remains.
pub fn replace_identifiers(text: &str, mut replacement: impl FnMut(&str) -> Option<String>) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let (mut replaced, mut rest) = (String::new(), text);
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '\'' | '"' => quoted_length(rest, first),
            _ if is_part(first) => rest.find(|c| !is_part(c)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        let quoted = token.strip_prefix('"').and_then(|token| token.strip_suffix('"'));
        let name = match quoted {
            Some(inner) => Some(Cow::Owned(inner.replace("\"\"", "\""))),
            // PostgreSQL writes keywords in capitals, and quotes names that have some.
            None if token.contains(char::is_uppercase) && token != VALUE => None,
            None => is_part(first).then_some(Cow::Borrowed(token)),
        };
        // These are types, fields and functions.
        let is_other = ["::", ".", "time "].iter().any(|before| replaced.ends_with(before)) || after.starts_with('(');
        let new = name.filter(|_| !is_other).and_then(|name| replacement(&name));
        replaced += new.as_deref().unwrap_or(token);
        rest = after;
    }
    replaced
}

/// The names in an expression or definition, but not those in its string constants.
pub fn identifiers(text: &str) -> HashSet<String> {
    let mut names = HashSet::new();
    replace_identifiers(text, |name| {
        names.insert(name.to_owned());
        None
    });
    names
}

/// How long the quoted token is with which a text begins. A doubled quote is part of it.
pub(super) fn quoted_length(text: &str, quote: char) -> usize {
    let mut from = 1;
    while let Some(at) = text[from..].find(quote) {
        from += at + 1;
        match text[from..].starts_with(quote) {
            true => from += 1,
            false => return from,
        }
    }
    text.len()
}

/// Names as they must stand in SQL, as a list between parentheses.
pub fn quote_list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| quote(name)).collect();
    format!("({})", quoted.join(", "))
}

/// Cuts a name to what PostgreSQL keeps of it. It never cuts inside a character.
pub fn truncate(name: &str) -> &str {
    &name[..name.floor_char_boundary(MAX_NAME_BYTES)]
}

/// Joins the parts of a name with underscores and cuts it to the limit. If that name is taken, a number is appended.
pub fn suggest_name(parts: &[&str], is_taken: impl Fn(&str) -> bool) -> String {
    NameChooser::default().choose(parts, is_taken)
}

/// Chooses free names, each only once.
#[derive(Default)]
pub struct NameChooser {
    chosen: HashSet<String>,
    /// The number of the last name that was chosen for the same parts. All lower numbers are taken.
    last_numbers: HashMap<String, u32>,
}

impl NameChooser {
    /// Whether it has chosen this name.
    pub fn has_chosen(&self, name: &str) -> bool {
        self.chosen.contains(name)
    }

    /// As [`suggest_name`]; and another name than all that this chooser has chosen before.
    pub fn choose(&mut self, parts: &[&str], is_taken: impl Fn(&str) -> bool) -> String {
        let joined = parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("_");
        let plain = truncate(&joined);
        let last_number = self.last_numbers.entry(plain.to_owned()).or_insert(0);
        loop {
            *last_number += 1;
            let name = if *last_number == 1 { plain.to_owned() } else { with_number(plain, *last_number) };
            if !self.chosen.contains(&name) && !is_taken(&name) {
                self.chosen.insert(name.clone());
                return name;
            }
        }
    }
}

/// A name with a number at its end, cut before it to the limit.
fn with_number(name: &str, number: u32) -> String {
    let suffix = format!("_{number}");
    format!("{}{suffix}", &name[..name.floor_char_boundary(MAX_NAME_BYTES - suffix.len())])
}

/// How the names of this kind of constraint begin, by the most common convention.
pub fn constraint_prefix(kind: ConstraintKind) -> &'static str {
    match kind {
        ConstraintKind::PrimaryKey => "pk",
        ConstraintKind::Unique => "uq",
        ConstraintKind::ForeignKey => "fk",
        ConstraintKind::Check => "ck",
        ConstraintKind::Exclusion => "ex",
        ConstraintKind::NotNull => "nn",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_only_what_needs_it() {
        for plain in ["orders", "a1", "_x", "name", "status"] {
            assert_eq!(quote(plain), plain);
        }
        for (name, quoted) in [
            ("Orders", "\"Orders\""),
            ("order", "\"order\""),
            ("1a", "\"1a\""),
            ("a b", "\"a b\""),
            ("a\"b", "\"a\"\"b\""),
            ("größe", "\"größe\""),
            ("", "\"\""),
        ] {
            assert_eq!(quote(name), quoted);
        }
    }

    #[test]
    fn plain_names_need_no_quotes() {
        for (name, plain) in [
            ("OrderItems", "order_items"),
            ("userID", "user_id"),
            ("APIToken", "api_token"),
            ("HTTPServer2API", "http_server2_api"),
            ("First  Name", "first_name"),
            ("order", "orders"),
            ("2fa", "t_2fa"),
            ("größe", "gr_e"),
            ("名", "t"),
            ("_x", "x"),
        ] {
            assert_eq!(plain_name(name, "s", "t_"), plain);
        }
    }

    #[test]
    fn names_are_replaced_where_they_are_names() {
        let rename =
            |text, old: &str, new: &str| replace_identifiers(text, |name| (name == old).then(|| new.to_owned()));
        let check = "CHECK ((\"Amount\" > 0) OR f('Amount'))";
        assert_eq!(rename(check, "Amount", "amount"), "CHECK ((amount > 0) OR f('Amount'))");
        assert_eq!(rename("(a, ab, a1, \"a b\")", "a", "x"), "(x, ab, a1, \"a b\")");
        assert_eq!(rename("(\"AT\" AT TIME ZONE 'AT')", "AT", "x"), "(x AT TIME ZONE 'AT')");
        let swap = |name: &str| Some(if name == "a" { "b" } else { "a" }.to_owned());
        assert_eq!(replace_identifiers("a < b", swap), "b < a");
        assert_eq!(identifiers(check), HashSet::from(["Amount", "0"].map(str::to_owned)));
    }

    #[test]
    fn names_are_cut_at_characters_and_made_free() {
        let long = "ä".repeat(40);
        assert_eq!(truncate(&long).len(), 62);
        assert_eq!(suggest_name(&["ix", "t", "", "a"], |_| false), "ix_t_a");
        assert_eq!(suggest_name(&["ix", "t"], |name| name == "ix_t" || name == "ix_t_2"), "ix_t_3");
        let name = suggest_name(&["ix", &long], |name| !name.ends_with("_2"));
        assert!(name.len() <= MAX_NAME_BYTES && name.ends_with("ä_2"), "{name}");
    }

    #[test]
    fn a_chooser_gives_each_name_once() {
        let mut chooser = NameChooser::default();
        let mut choose = |parts: &[&str]| chooser.choose(parts, |name| name == "ck_t_a_2");
        assert_eq!(choose(&["ck", "t", "a"]), "ck_t_a");
        assert_eq!(choose(&["ck", "t", "a"]), "ck_t_a_3");
        assert_eq!(choose(&["ck", "t", "a_3"]), "ck_t_a_3_2", "it was chosen for other parts");
        let long = "x".repeat(70);
        assert_ne!(choose(&[&long, "a"]), choose(&[&long, "b"]), "they differ after the limit only");
    }
}
