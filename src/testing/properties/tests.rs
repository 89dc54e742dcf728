//! Every property with random texts, made of what the parsers look for and of any characters at all. PROPTEST_CASES says how
//! many texts each gets.

use proptest::prelude::*;

use super::{ALL, Property};

/// What the parsers look for.
const PARTS: &[&str] = &[
    ",",
    ", ",
    "\"",
    "\"\"",
    "'",
    "''",
    "\\",
    "\\.",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "[[:alpha:]",
    "[:",
    ":]",
    "^",
    "$",
    "$$",
    "$a$",
    "|",
    "*",
    "+",
    "?",
    "{1,3}",
    "{2,}",
    "(?i)",
    "(?x)",
    "(?:",
    "#",
    "\\d",
    "\\w",
    ".",
    "..",
    ":",
    "::",
    "--",
    "/*",
    "*/",
    "\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    ";",
    "\u{1}",
    "\u{1}",
    "\u{1}",
    "\u{2028}",
    "\u{202e}",
    "\u{85}",
    "a",
    "b",
    "A",
    "ab",
    "_",
    "_a",
    "table",
    "{table}",
    "{columns}",
    "{column_0}",
    "{ref_table}",
    "ix_",
    "uq_",
    "E'",
    "e'",
    "U&\"",
    "u&\"",
    "\\0061",
    "\\+000061",
    "UESCAPE '!'",
    "\\u0041",
    "1",
    "12",
    "0",
    "-1",
    "1.5",
    "days",
    "1 year",
    "90days",
    "month ",
    "on",
    "off",
    "TRUE",
    "f",
    "set null",
    "SET DEFAULT",
    "cascade",
    "restrict",
    "no action",
    "primary key",
    "check",
    "uuid",
    "numeric(12,2)",
    "character varying(36)",
    "bigint",
    "money",
    "text[]",
    "größe",
    "名",
    "🔒",
    "ä",
    "VALUE",
    "order",
    "select",
    "time ",
    "f(",
    "{\"",
    "\": {\"type\": \"uuid\"",
    "\"not_null\": true",
    "\"default\": 1",
    "\\u0000",
    "\": \"text\"",
    "\"use\": \"a\"",
    "}}",
    "[1]",
    "null",
    "0123456789abcdef",
    ":2",
    "{\"rule\":\"fk_without_index\"",
    "\"schema\":\"s\"",
    "\"table\":\"t\"",
    "\"kind\":\"k\"",
    "\"object\":null",
    "\"fingerprint\":\"0123456789abcdef\"",
    "{\"rule\":\"fk_without_index\",\"level\":\"error\"",
    "\"status\":\"open\",\"certain\":true",
    "\"line\":0",
    "\"file\":\" \"",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "ääääääääääääääääääääääääääääääää",
];

fn texts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        9 => prop::sample::select(PARTS).prop_map(str::to_owned),
        // No text that PostgreSQL gives holds the character 0.
        1 => any::<char>().prop_filter("no NUL", |c| *c != '\0').prop_map(String::from),
    ];
    prop::collection::vec(part, 0..14).prop_map(|parts| parts.concat())
}

fn holds((name, property): Property) {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(text in texts())| {
        let held = std::panic::catch_unwind(|| property(&text));
        prop_assert!(held.is_ok(), "{} does not hold of {:?}", name, text);
    });
}

/// Makes a test of each property and asserts that there is one for all of them.
macro_rules! properties {
    ($($name:ident),+ $(,)?) => {
        $(#[test] fn $name() { holds(*ALL.iter().find(|(name, _)| *name == stringify!($name)).unwrap()) })+

        #[test]
        fn every_property_is_tested() {
            assert_eq!(ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>(), [$(stringify!($name)),+]);
        }
    };
}

properties! {
    lists, words, types, intervals, switches, json, options, patterns, pattern_engines, placeholders, suggested_names,
    bounded_regex, quoting, identifiers, chosen_names, made_up_names, long_names, one_line, joined_lines, comments,
    fingerprints, baseline, violations,
}
