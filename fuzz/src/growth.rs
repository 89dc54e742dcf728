//! Shows how the time of each parser grows with its text: for each text that is repeated, the time for n and for 4n bytes
//! in the same run, each the shortest of several, and their ratio, which is 4 where time is linear. Fails above 8.
//! Without --list, which lists the properties for the scripts.

use std::hint::black_box;
use std::time::{Duration, Instant};

use pg_guardrail_fuzz::judge::baseline_line::read_lines;
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
];

/// What the texts repeat.
const SHAPES: &[&str] = &[
    "a", "a,", "\"", "\"\"", "'", "''", "\\", "(", "()", ")(", "[", "[[:a:]", "{", "{1,2}", "{table}", "a|", "a*", "(a|", "$",
    "$a$", "$a$ ", "$$ ' ", "/*", "/* */", "-- \n", "--", "E'", "E'\\'", "U&\"\\0061", "\n", "a\n", "\n'", " ", "1 day ",
    "ä", "aA", "_", "x::y ", "time a ", "{\"a\":", "{}", "\n\n{}", "{\"rule\":\"x\"}\n", "\u{2028}", "'\u{2028}'", "\"\n\"",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx ", "$x ", "$x$y", "'$x$",
];

const SHORT: usize = 2_400;
const LONG: usize = 100_000;
const RUNS: usize = 5;
const LIMIT: f64 = 8.0;

/// What takes less is too short to be compared.
const SHORTEST: Duration = Duration::from_micros(200);

fn measure(parse: fn(&str), text: &str) -> Duration {
    let run = || {
        let start = Instant::now();
        parse(text);
        start.elapsed()
    };
    (0..RUNS).map(|_| run()).min().unwrap_or_default()
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some("--list") {
        properties::ALL.iter().for_each(|(name, _)| println!("{name}"));
        return;
    }
    let mut over = 0;
    println!("{:<20} {:<12} {:>9} {:>9} {:>7} {:>7}", "parser", "the slowest", "n", "4n", "4n, µs", "ratio");
    for (name, length, parse) in PARSERS {
        let mut rows = Vec::new();
        for shape in SHAPES {
            let text = shape.repeat(length / shape.len());
            let (short, long) = (measure(*parse, &text), measure(*parse, &text.repeat(4)));
            // A very short time says nothing about its growth.
            let ratio = if long < SHORTEST { 0.0 } else { long.as_secs_f64() / short.as_secs_f64().max(1e-9) };
            rows.push((ratio, long, *shape));
        }
        let steepest = rows.iter().max_by(|a, b| a.0.total_cmp(&b.0)).expect("there are shapes");
        let slowest = rows.iter().max_by_key(|row| row.1).expect("there are shapes");
        for (what, (ratio, long, shape)) in [("slowest", slowest), ("steepest", steepest)] {
            println!(
                "{name:<20} {what:<12} {length:>9} {:>9} {:>7} {ratio:>7.1}  {shape:?}",
                4 * length,
                long.as_micros()
            );
        }
        over += usize::from(steepest.0 > LIMIT);
    }
    if over > 0 {
        eprintln!("{over} parsers grow faster than their texts");
        std::process::exit(1);
    }
}
