//! Options that are a length of time, as PostgreSQL's type interval reads it.

use crate::settings::BadValue;

/// A unit of time: its names, and how many days it has at least.
struct Unit {
    names: &'static [&'static str],
    days: f64,
}

const UNITS: [Unit; 7] = [
    Unit { names: &["second", "seconds", "sec", "secs"], days: 1.0 / 86_400.0 },
    Unit { names: &["minute", "minutes", "min", "mins"], days: 1.0 / 1440.0 },
    Unit { names: &["hour", "hours", "hr", "hrs"], days: 1.0 / 24.0 },
    Unit { names: &["day", "days"], days: 1.0 },
    Unit { names: &["week", "weeks"], days: 7.0 },
    Unit { names: &["month", "months", "mon", "mons"], days: 30.0 },
    Unit { names: &["year", "years", "yr", "yrs"], days: 365.0 },
];

/// No interval is longer, so that it can be taken off the current time.
const MAX_DAYS: f64 = 365.0 * 1000.0;

/// Reads numbers with units, such as `1 year 6 months`. Returns them as they are written, without what stands around them;
/// `None` for an empty text. What is returned PostgreSQL can read.
pub fn parse(text: &str) -> Result<Option<String>, BadValue> {
    let mut words = words(text).into_iter();
    let mut units: Vec<&Unit> = Vec::new();
    let mut days = 0.0;
    while let Some(word) = words.next() {
        let number = read_number(word).ok_or_else(|| bad(format!("\"{word}\" stands where a number should.")))?;
        let Some(name) = words.next() else { return Err(bad(format!("\"{word}\" has no unit."))) };
        let unit = find_unit(name).ok_or_else(|| bad(format!("\"{name}\" is not a unit of time.")))?;
        if units.iter().any(|known| std::ptr::eq(*known, unit)) {
            return Err(bad(format!("\"{name}\" is a unit that occurs twice.")));
        }
        units.push(unit);
        days += number * unit.days;
    }
    let text = text.trim();
    match days {
        _ if units.is_empty() => Ok(None),
        0.0 => Err(bad(format!("\"{text}\" is no time at all."))),
        days if days > MAX_DAYS => Err(bad(format!("\"{text}\" is longer than 1000 years."))),
        _ => Ok(Some(text.to_owned())),
    }
}

fn bad(detail: String) -> BadValue {
    let hint = "It is numbers with units, as in 90 days or 1 year 6 months; units are seconds, minutes, hours, days, weeks, \
                months and years.";
    BadValue { detail, hint: Some(hint.to_owned()) }
}

/// The words of a text. A word also ends where letters follow on digits: `90days` is two words.
fn words(text: &str) -> Vec<&str> {
    text.split_ascii_whitespace()
        .flat_map(|word| {
            let end = word.find(|c: char| c.is_ascii_alphabetic()).filter(|end| read_number(&word[..*end]).is_some());
            let (number, unit) = word.split_at(end.unwrap_or(word.len()));
            [number, unit]
        })
        .filter(|word| !word.is_empty())
        .collect()
}

/// A number without a sign, as in 1, 1.5 or 0.25.
fn read_number(word: &str) -> Option<f64> {
    let (whole, fraction) = word.split_once('.').unwrap_or((word, "0"));
    let is_digits = |text: &str| (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_digits(whole) && is_digits(fraction)).then(|| word.parse().ok()).flatten()
}

fn find_unit(name: &str) -> Option<&'static Unit> {
    UNITS.iter().find(|unit| unit.names.iter().any(|known| known.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_with_units() {
        for good in
            ["90 days", "1 year 6 months", "36 hours", "90days", "1.5 YEARS", "1 week 1 day", "2 hrs 30 min 1 sec"]
        {
            assert_eq!(parse(&format!(" {good}\n")), Ok(Some(good.to_owned())), "{good}");
        }
        assert_eq!(parse(""), Ok(None));
        assert_eq!(parse(" "), Ok(None));
    }

    #[test]
    fn the_bad_part_is_named() {
        for (bad, detail) in [
            ("1 yaer", "\"yaer\" is not a unit of time."),
            ("1 year, 6 months", "\"year,\" is not a unit of time."),
            ("days", "\"days\" stands where a number should."),
            ("-1 day", "\"-1\" stands where a number should."),
            ("1e3 days", "\"e3\" is not a unit of time."),
            ("1 year 6", "\"6\" has no unit."),
            ("1 day 2 days", "\"days\" is a unit that occurs twice."),
            ("1. day", "\"1.\" stands where a number should."),
            ("12345678901 days", "\"12345678901\" stands where a number should."),
            ("forever", "\"forever\" stands where a number should."),
            ("0 days", "\"0 days\" is no time at all."),
            ("2000 years", "\"2000 years\" is longer than 1000 years."),
            ("1 jahr\u{e4}", "\"jahr\u{e4}\" is not a unit of time."),
        ] {
            assert_eq!(parse(bad).unwrap_err().detail, detail, "{bad}");
        }
    }
}
