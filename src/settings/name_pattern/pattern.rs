//! Patterns for names: regular expressions in which `{table}`, `{columns}`, `{column_0}` and `{ref_table}` stand for
//! the names of the object's own table, columns and referenced table.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex_syntax::hir::Hir;

use super::automaton::Automaton;
use super::pieces::{ANYTHING, Piece, Placeholders, replace_placeholders, take_apart, walk_over};
use super::walk::{Comparison, Walk};
use crate::settings::BadValue;
use crate::settings::parse::regex;
use crate::sql::{self, MAX_NAME_BYTES};

/// A pattern for the names of one kind of object.
#[derive(Debug)]
pub struct NamePattern {
    text: String,
    form: Form,
}

/// How names are compared with a pattern.
#[derive(Debug)]
enum Form {
    /// The pattern is a sequence of pieces, and a name is compared piece by piece. The regular expressions between the
    /// placeholders are compiled once.
    Pieces(Vec<Piece>),
    /// A placeholder is part of something larger, a group or a repetition. The values are put into the text of the
    /// pattern, and each text that results is compiled once.
    Text(RefCell<HashMap<String, Rc<Automaton>>>),
}

/// The parts of patterns in the place of which a suggested name may have any words.
const FREE_PARTS: [&str; 6] = [ANYTHING, ".*", r"\w+", r"\w*", "[a-z0-9_]+", "[a-z][a-z0-9_]*"];

/// The characters that have a meaning in a regular expression.
const SYNTAX: [char; 14] = ['\\', '.', '+', '*', '?', '(', ')', '|', '[', ']', '{', '}', '^', '$'];

/// How many compiled texts are kept.
const MAX_COMPILED_TEXTS: usize = 1000;

impl NamePattern {
    /// Reads a pattern that may use the `allowed` placeholders. The refusal names what is wrong.
    pub fn parse(text: &str, allowed: &[&str]) -> Result<Self, BadValue> {
        if let Some(name) = words_in_braces(text).find(|name| !allowed.contains(name)) {
            let known: Vec<String> = allowed.iter().map(|name| format!("{{{name}}}")).collect();
            let hint = match known.as_slice() {
                [] => "This pattern has no placeholders.".to_owned(),
                known => format!("Placeholders of this pattern: {}.", known.join(", ")),
            };
            return Err(BadValue { detail: format!("\"{{{name}}}\" is not a placeholder."), hint: Some(hint) });
        }
        let form = Form::of(text).map_err(|reason| BadValue {
            detail: format!("\"{text}\" is not a regular expression: {reason}."),
            hint: None,
        })?;
        Ok(Self { text: text.to_owned(), form })
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a name fits. A name that PostgreSQL had to cut at 63 bytes, or that a tool cut and ended with a hash, fits
    /// if what is left of it is the beginning of a fitting name.
    pub fn fits(&self, name: &str, placeholders: &Placeholders<'_>) -> bool {
        self.compare(name, placeholders).fits
            || (is_at_the_limit(name) && self.compare(name, placeholders).may_begin)
            || without_hash(name).is_some_and(|rest| self.compare(rest, placeholders).may_begin)
    }

    fn compare(&self, name: &str, placeholders: &Placeholders<'_>) -> Comparison {
        let pieces = match &self.form {
            Form::Pieces(pieces) => pieces.as_slice(),
            Form::Text(known) => {
                let text = replace_placeholders(&self.text, placeholders, regex_syntax::escape, ANYTHING);
                // The pattern was compiled with empty values when it was read, so escaped names do not make it invalid.
                return compiled(text, known).map_or(Comparison::NONE, |automaton| whole(&automaton, name));
            }
        };
        if let [Piece::Expression(automaton)] = pieces {
            return whole(automaton, name);
        }
        let mut walk = Walk::new(name);
        pieces.iter().for_each(|piece| walk_over(&mut walk, piece, placeholders));
        walk.end()
    }

    /// A name that fits; `None` if the pattern is more than text, placeholders and parts that fit anything. `rest` is put
    /// in the place of such a part. Of several alternatives, one with such a part is preferred.
    pub fn suggest(&self, placeholders: &Placeholders<'_>, rest: &str) -> Option<String> {
        let fill = |text: &str, placeholders: &Placeholders<'_>, rest: &str| {
            let name = replace_placeholders(text, placeholders, str::to_owned, rest);
            FREE_PARTS.iter().fold(name, |name, part| name.replace(part, rest))
        };
        // All that is neither a placeholder nor a free part must be plain text.
        let is_simple = |text: &&str| !fill(text, &Placeholders::default(), "").contains(SYNTAX);
        let names = self.text.split('|').filter(is_simple).map(|text| fill(text, placeholders, rest));
        let names = names.map(|name| sql::truncate(&name).to_owned());
        names.filter(|name| self.fits(name, placeholders)).min_by_key(|name| !name.contains(rest))
    }
}

impl Form {
    fn of(text: &str) -> Result<Self, String> {
        compile(&replace_placeholders(text, &Placeholders::default(), regex_syntax::escape, ANYTHING))?;
        Ok(take_apart(text).map_or_else(|| Self::Text(RefCell::default()), Self::Pieces))
    }
}

/// The lower-case words that stand between braces.
fn words_in_braces(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |word: &&str| {
        word.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(word, _)| word).filter(is_word)
}

fn compile(text: &str) -> Result<Automaton, String> {
    let whole: Hir = regex::parse(text)
        .map_err(|error| error.to_string().lines().last().unwrap_or_default().replace("error: ", ""))?;
    Automaton::new(&whole)
}

/// Compiles a text, or finds it among those that have been compiled already.
fn compiled(text: String, known: &RefCell<HashMap<String, Rc<Automaton>>>) -> Option<Rc<Automaton>> {
    let mut known = known.borrow_mut();
    if let Some(automaton) = known.get(&text) {
        return Some(automaton.clone());
    }
    let new = Rc::new(compile(&text).ok()?);
    if known.len() >= MAX_COMPILED_TEXTS {
        known.clear();
    }
    known.insert(text, new.clone());
    Some(new)
}

/// Compares a name with an expression that stands for the whole pattern.
fn whole(automaton: &Automaton, name: &str) -> Comparison {
    let mut fits = false;
    let may_begin = automaton.run(name, 0, |end| fits |= end == name.len());
    Comparison { fits, may_begin }
}

/// Whether PostgreSQL may have cut a name. It cuts at 63 bytes, but never inside a character, which has up to four.
fn is_at_the_limit(name: &str) -> bool {
    name.len() > MAX_NAME_BYTES - 4
}

/// A long name without the `_` and the four hexadecimal digits with which SQLAlchemy ends a name that it has cut.
fn without_hash(name: &str) -> Option<&str> {
    let (rest, hash) = name.rsplit_once('_')?;
    let is_hash = hash.len() == 4 && hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    (is_hash && name.chars().count() >= MAX_NAME_BYTES - 3).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::name_pattern::pieces::PLACEHOLDERS;

    fn fits(pattern: &str, name: &str, table: &str, columns: &[&str]) -> bool {
        let columns: Vec<Option<String>> = columns.iter().map(|c| (*c != "?").then(|| c.to_string())).collect();
        let placeholders = Placeholders { table, columns: &columns, ref_table: "customers" };
        NamePattern::parse(pattern, &PLACEHOLDERS).unwrap().fits(name, &placeholders)
    }

    #[test]
    fn placeholders_stand_for_the_objects_own() {
        assert!(fits("ix_{table}_.+", "ix_orders_a", "orders", &[]));
        assert!(!fits("ix_{table}_.+", "ix_orders_", "orders", &[]));
        assert!(!fits("ix_{table}_.+", "my_ix_orders_a", "orders", &[]));
        assert!(fits("uq_{table}_{columns}", "uq_t_a_b", "t", &["a", "b"]));
        assert!(fits("fk_{table}_{column_0}_{ref_table}", "fk_t_a_customers", "t", &["a", "b"]));
        assert!(fits("[a-z]{1,3}|x", "abc", "t", &[]) && !fits("[a-z]{1,3}|x", "abcd", "t", &[]));
    }

    #[test]
    fn an_expression_may_be_called_anything() {
        assert!(fits("ix_{table}_{columns}", "ix_t_lower_email_b", "t", &["?", "b"]));
        assert!(!fits("ix_{table}_{columns}", "ix_t_lower_email", "t", &["?", "b"]));
    }

    #[test]
    fn a_placeholder_may_be_part_of_something_larger() {
        let pattern = "(ix|uq)_({table}|x){1,2}_{columns}?";
        assert!(fits(pattern, "ix_a.b_", "a.b", &["c"]) && fits(pattern, "uq_xx_c", "a.b", &["c"]));
        assert!(!fits(pattern, "ix_aab_c", "a.b", &["c"]) && !fits(pattern, "ix_xxx_c", "a.b", &["c"]));
        assert!(fits("(?i)IX_{table}", "ix_Orders", "orders", &[]));
        assert!(fits("a{table}|b", "b", "t", &[]) && !fits("a{table}|b", "ab", "t", &[]));
    }

    #[test]
    fn pieces_are_tried_at_every_place() {
        assert!(fits("[a-z_]+_{table}_.+", "x_a_a_a_b", "a", &[]));
        assert!(fits("{column_0}{column_0}.*{table}", "aaaa", "a", &["a"]));
        assert!(!fits("{column_0}{column_0}.+{table}", "aaa", "a", &["a"]));
        assert!(fits("^{table}_[0-9]{2}$", "ä_07", "ä", &[]) && !fits("^{table}_[0-9]{2}$", "ä_7", "ä", &[]));
    }

    #[test]
    fn a_fitting_name_is_suggested() {
        let columns = [Some("a".to_owned()), Some("b".to_owned())];
        let placeholders = Placeholders { table: "t.x", columns: &columns, ref_table: "r" };
        let suggest = |text| NamePattern::parse(text, &PLACEHOLDERS).unwrap().suggest(&placeholders, "rest");
        assert_eq!(suggest("ix_{table}_.+").unwrap(), "ix_t.x_rest");
        assert_eq!(suggest("{column_0}_{columns}_{ref_table}").unwrap(), "a_a_b_r");
        assert_eq!(suggest("fk_rails_[0-9a-f]{10}"), None);
        assert_eq!(suggest("id|{table}_.+|[a-z]{3}").unwrap(), "t.x_rest");
        assert_eq!(suggest("(ix|idx)_.+|.+_[a-z]{3}"), None);
    }

    #[test]
    fn names_of_objects_are_not_patterns() {
        assert!(fits("ix_{table}_.+", "ix_a.c(+_x", "a.c(+", &[]));
        assert!(!fits("ix_{table}_.+", "ix_abc_x", "a.c", &[]));
    }

    #[test]
    fn cut_names_are_compared_on_what_is_left() {
        let table = "t".repeat(70);
        let cut = &format!("ix_{table}_col")[..63];
        assert!(fits("ix_{table}_.+", cut, &table, &[]));
        assert!(!fits("uq_{table}_.+", cut, &table, &[]));
        assert!(!fits("ix_{table}_.+", &cut[..50], &table, &[]), "it is short enough to be whole");
        let table = "a".repeat(60);
        let hashed = format!("{}_{}", &format!("ix_{table}_col")[..55], "09af");
        assert!(fits("ix_{table}_.+", &hashed, &table, &[]));
        assert!(!fits("ix_{table}_.+", &hashed.replace("09af", "zzzz"), "other", &[]));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refused = |text| NamePattern::parse(text, &["table"]).unwrap_err();
        assert_eq!(refused("ix_{tabel}").detail, "\"{tabel}\" is not a placeholder.");
        assert_eq!(refused("{columns}").hint.unwrap(), "Placeholders of this pattern: {table}.");
        assert!(refused("ix_(").detail.starts_with("\"ix_(\" is not a regular expression: "));
    }
}
