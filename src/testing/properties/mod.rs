//! What holds of every text that a parser is given. A property takes a text and panics where it does not hold. The unit
//! tests try each with random texts, and the fuzzer (fuzz/) with those by which it gets further into the code.

mod baseline;
mod names;
mod options;
mod patterns;
mod reports;
mod sql;
#[cfg(test)]
mod tests;
mod tokens;

/// A property by its name.
pub type Property = (&'static str, fn(&str));

/// All properties.
pub const ALL: &[Property] = &[
    ("lists", options::lists),
    ("words", options::words),
    ("types", options::types),
    ("intervals", options::intervals),
    ("switches", options::switches),
    ("json", options::json),
    ("options", options::all),
    ("patterns", patterns::lists),
    ("pattern_engines", patterns::engines),
    ("placeholders", patterns::placeholders),
    ("suggested_names", patterns::suggestions),
    ("bounded_regex", patterns::bounds),
    ("quoting", names::quoting),
    ("identifiers", names::identifiers),
    ("chosen_names", names::chosen),
    ("made_up_names", names::made_up),
    ("long_names", names::long),
    ("one_line", sql::one_line),
    ("joined_lines", sql::joined_lines),
    ("comments", sql::comments),
    ("fingerprints", baseline::fingerprints),
    ("baseline", baseline::lines),
    ("violations", reports::lines),
];

/// What separates the texts that a property is about, where it is about several.
const SEPARATOR: char = '\u{1}';

/// The texts that a text stands for, of which there are always as many.
fn texts<const N: usize>(text: &str) -> [&str; N] {
    let mut parts = text.splitn(N, SEPARATOR);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}
