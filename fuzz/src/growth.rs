//! Runs each parser over each of many texts, of n and of 4n bytes, for growth.py, which counts the instructions under
//! callgrind. Writes a line for each: the parser, the bytes, and the text that is repeated. With --list, lists the
//! properties instead.

use std::hint::black_box;

use pg_guardrail_fuzz::judge::baseline_line::read_lines;
use pg_guardrail_fuzz::reports::Entry;
use pg_guardrail_fuzz::settings::name_pattern::{NamePattern, Placeholders};
use pg_guardrail_fuzz::settings::parse::patterns::Patterns;
use pg_guardrail_fuzz::settings::parse::type_list::TypeNames;
use pg_guardrail_fuzz::settings::parse::{interval, list, switch};
use pg_guardrail_fuzz::settings::shared::REQUIRED_COLUMNS;
use pg_guardrail_fuzz::{properties, sql};

/// A parser by its name, and how long a text it is measured with.
type Parser = (&'static str, usize, fn(&str));

const PARSERS: &[Parser] = &[
    ("list", LONG, |text| drop(black_box(list::split(text)))),
    ("types", LONG, |text| drop(black_box(TypeNames::parse(text)))),
    ("interval", LONG, |text| drop(black_box(interval::parse(text)))),
    ("switch", LONG, |text| drop(black_box(switch::parse(text)))),
    ("required columns", LONG, |text| drop(black_box((REQUIRED_COLUMNS.parse)(text)))),
    // A pattern that is more than a name may have 10,000 bytes.
    ("pattern", SHORT, |text| drop(black_box(Patterns::parse_single(text)))),
    ("patterns", LONG, |text| drop(black_box(Patterns::parse(text)))),
    ("name pattern", SHORT, |text| drop(black_box(NamePattern::parse(text, &["table"])))),
    ("name of a pattern", LONG, |text| {
        let pattern = NamePattern::parse("([a-z]+|{table})*_.+", &["table"]).expect("it is a pattern");
        black_box(pattern.fits(text, &Placeholders::default()));
    }),
    ("bounded regex", LONG, |text| {
        black_box(sql::regex::bounds_length(&format!("^{text}$")));
    }),
    ("quote", LONG, |text| drop(black_box(sql::quote(text)))),
    ("literal", LONG, |text| drop(black_box(sql::literal(text)))),
    ("comment", LONG, |text| drop(black_box(sql::comment(text)))),
    ("one line", LONG, |text| drop(black_box(sql::one_line(text)))),
    ("joined lines", LONG, |text| drop(black_box(sql::join_lines(text)))),
    ("identifiers", LONG, |text| drop(black_box(sql::identifiers(text)))),
    ("long names", LONG, |text| drop(black_box(sql::long_names::long_names(text, 63)))),
    ("plain name", LONG, |text| drop(black_box(sql::plain_name(text, "s", "t_")))),
    ("baseline", LONG, |text| drop(black_box(read_lines(text)))),
    ("violations", LONG, |text| drop(black_box(Entry::read_lines(text).count()))),
];

/// What the texts repeat.
const SHAPES: &[&str] = &[
    "a",
    "a,",
    "\"",
    "\"\"",
    "'",
    "''",
    "\\",
    "(",
    "()",
    ")(",
    "[",
    "[[:a:]",
    "{",
    "{1,2}",
    "{table}",
    "a|",
    "a*",
    "(a|",
    "$",
    "$a$",
    "$a$ ",
    "$$ ' ",
    "/*",
    "/* */",
    "-- \n",
    "--",
    "E'",
    "E'\\'",
    "U&\"\\0061",
    "\n",
    "a\n",
    "\n'",
    " ",
    "1 day ",
    "ä",
    "aA",
    "_",
    "x::y ",
    "time a ",
    "{\"a\":",
    "{}",
    "\n\n{}",
    "{\"rule\":\"x\"}\n",
    "\u{2028}",
    "'\u{2028}'",
    "\"\n\"",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx ",
    "$x ",
    "$x$y",
    "'$x$",
];

const SHORT: usize = 600;
const LONG: usize = 5_000;

/// What callgrind counts.
#[inline(never)]
pub fn measured(parse: fn(&str), text: &str) {
    parse(black_box(text));
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some("--list") {
        properties::ALL.iter().for_each(|(name, _)| println!("{name}"));
        return;
    }
    for (name, length, parse) in PARSERS {
        for shape in SHAPES {
            let text = shape.repeat(length / shape.len());
            // What is made only once is made here.
            parse(&text);
            for text in [text.clone(), text.repeat(4)] {
                measured(*parse, &text);
                println!("{name}\t{}\t{shape:?}", text.len());
            }
        }
    }
}
