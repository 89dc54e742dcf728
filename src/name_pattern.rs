//! Patterns for names: regular expressions in which `{table}`, `{columns}`, `{column_0}` and `{ref_table}` stand for
//! the object's own.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::{Anchored, util::start};

use crate::settings::BadValue;
use crate::sql::MAX_NAME_BYTES;

/// What the placeholders stand for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Placeholders<'a> {
    pub table: &'a str,
    /// `None` for an expression, which has no name and may be called anything.
    pub columns: &'a [Option<String>],
    pub ref_table: &'a str,
}

/// A pattern for the names of one kind of object. The regular expressions that come of it are compiled once each.
#[derive(Debug)]
pub struct NamePattern {
    text: String,
    compiled: RefCell<HashMap<String, Rc<Automaton>>>,
}

/// What fits an expression in the place of a column.
const ANYTHING: &str = ".+";

/// The parts of patterns that any name fits.
const FREE_PARTS: [&str; 6] = [ANYTHING, ".*", r"\w+", r"\w*", "[a-z0-9_]+", "[a-z][a-z0-9_]*"];

/// How many expanded patterns are kept.
const KEPT: usize = 1000;

/// The words between braces that are replaced; every other use of braces is the regular expression's own.
const PLACEHOLDERS: [&str; 4] = ["table", "columns", "column_0", "ref_table"];

impl NamePattern {
    /// Reads a pattern that may use these placeholders; the refusal names what is wrong.
    pub fn parse(text: &str, allowed: &[&str]) -> Result<Self, BadValue> {
        let word = regex::Regex::new(r"\{([a-z_][a-z_0-9]*)\}").expect("a constant");
        for (_, [name]) in word.captures_iter(text).map(|found| found.extract()) {
            if !allowed.contains(&name) {
                let known: Vec<String> = allowed.iter().map(|name| format!("{{{name}}}")).collect();
                let hint = match known.as_slice() {
                    [] => "This pattern has no placeholders.".to_owned(),
                    known => format!("Placeholders of this pattern: {}.", known.join(", ")),
                };
                return Err(BadValue { detail: format!("\"{{{name}}}\" is not a placeholder."), hint: Some(hint) });
            }
        }
        let pattern = Self { text: text.to_owned(), compiled: RefCell::default() };
        pattern.automaton(&pattern.expand(&Placeholders::default())).map_err(|reason| BadValue {
            detail: format!("\"{text}\" is not a regular expression: {reason}."),
            hint: None,
        })?;
        Ok(pattern)
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a name fits. Of a name that had to be cut (by PostgreSQL at 63 bytes, or by a tool that put a hash at
    /// its end) what is left must be how a fitting name begins.
    pub fn fits(&self, name: &str, placeholders: &Placeholders<'_>) -> bool {
        let Ok(automaton) = self.automaton(&self.expand(placeholders)) else { return false };
        automaton.matches(name)
            || (is_at_the_limit(name) && automaton.may_begin(name))
            || without_hash(name).is_some_and(|rest| automaton.may_begin(rest))
    }

    fn expand(&self, placeholders: &Placeholders<'_>) -> String {
        self.replace(placeholders, regex::escape, ANYTHING)
    }

    /// The text with values in the places of the placeholders.
    fn replace(&self, placeholders: &Placeholders<'_>, write: fn(&str) -> String, anything: &str) -> String {
        let column = |name: &Option<String>| name.as_deref().map_or(anything.to_owned(), write);
        let columns: Vec<String> = placeholders.columns.iter().map(column).collect();
        let first = columns.first().cloned().unwrap_or_default();
        let values = [write(placeholders.table), columns.join("_"), first, write(placeholders.ref_table)];
        let replace = |text: String, (name, value): (&&str, String)| text.replace(&format!("{{{name}}}"), &value);
        PLACEHOLDERS.iter().zip(values).fold(self.text.clone(), replace)
    }

    /// A name that fits, where the pattern is as simple as most are; `rest` stands for what may be anything.
    pub fn suggest(&self, placeholders: &Placeholders<'_>, rest: &str) -> Option<String> {
        let name = self.replace(placeholders, str::to_owned, rest);
        let name = FREE_PARTS.iter().fold(name, |name, part| name.replace(part, rest));
        let name = crate::sql::truncate(&name);
        self.fits(name, placeholders).then(|| name.to_owned())
    }

    fn automaton(&self, expanded: &str) -> Result<Rc<Automaton>, String> {
        let mut compiled = self.compiled.borrow_mut();
        if let Some(known) = compiled.get(expanded) {
            return Ok(known.clone());
        }
        let new = Rc::new(Automaton::new(expanded)?);
        if compiled.len() >= KEPT {
            compiled.clear();
        }
        compiled.insert(expanded.to_owned(), new.clone());
        Ok(new)
    }
}

/// Whether PostgreSQL may have cut a name: at 63 bytes, but never inside a character.
fn is_at_the_limit(name: &str) -> bool {
    name.len() > MAX_NAME_BYTES - 4
}

/// A name of 60 characters without the `_` and four hexadecimal digits at its end that SQLAlchemy cuts it to.
fn without_hash(name: &str) -> Option<&str> {
    let (rest, hash) = name.rsplit_once('_')?;
    let is_hash = hash.len() == 4 && hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    (is_hash && name.chars().count() >= MAX_NAME_BYTES - 3).then_some(rest)
}

/// A regular expression for whole names that can also tell whether a text is how a match begins.
#[derive(Debug)]
struct Automaton {
    dfa: DFA,
    cache: RefCell<Cache>,
}

impl Automaton {
    fn new(pattern: &str) -> Result<Self, String> {
        // The bare pattern is compiled first: "a)|(b" must not become well-formed by what is put around it.
        regex::Regex::new(pattern)
            .map_err(|error| error.to_string().lines().last().unwrap_or_default().replace("error: ", ""))?;
        let dfa = DFA::new(&format!("^(?:{pattern})$")).map_err(|error| error.to_string())?;
        let cache = RefCell::new(dfa.create_cache());
        Ok(Self { dfa, cache })
    }

    fn matches(&self, name: &str) -> bool {
        self.run(name, |dfa, cache, state| dfa.next_eoi_state(cache, state).is_ok_and(|end| end.is_match()))
    }

    fn may_begin(&self, name: &str) -> bool {
        self.run(name, |_, _, state| !state.is_dead())
    }

    fn run(&self, name: &str, end: impl Fn(&DFA, &mut Cache, LazyState) -> bool) -> bool {
        let cache = &mut *self.cache.borrow_mut();
        let start = start::Config::new().anchored(Anchored::Yes);
        let Ok(mut state) = self.dfa.start_state(cache, &start) else { return false };
        for byte in name.bytes() {
            match self.dfa.next_state(cache, state, byte) {
                Ok(next) => state = next,
                Err(_) => return false,
            }
        }
        end(&self.dfa, cache, state)
    }
}

type LazyState = regex_automata::hybrid::LazyStateID;

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_fitting_name_is_suggested() {
        let columns = [Some("a".to_owned()), Some("b".to_owned())];
        let placeholders = Placeholders { table: "t.x", columns: &columns, ref_table: "r" };
        let suggest = |text| NamePattern::parse(text, &PLACEHOLDERS).unwrap().suggest(&placeholders, "rest");
        assert_eq!(suggest("ix_{table}_.+").unwrap(), "ix_t.x_rest");
        assert_eq!(suggest("{column_0}_{columns}_{ref_table}").unwrap(), "a_a_b_r");
        assert_eq!(suggest("fk_rails_[0-9a-f]{10}"), None);
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
        assert!(!fits("ix_{table}_.+", &cut[..50], &table, &[]), "nobody had to cut this one");
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
