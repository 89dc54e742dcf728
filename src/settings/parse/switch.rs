//! Options that are on or off.

use crate::settings::BadValue;

/// Reads a switch as PostgreSQL reads a boolean: true, false, yes, no, or an unambiguous beginning of one of them, on,
/// off, 1 or 0, in any case.
pub fn parse(text: &str) -> Result<bool, BadValue> {
    let word = text.trim().to_lowercase();
    let begins = |whole: &str| !word.is_empty() && whole.starts_with(&word);
    if begins("true") || begins("yes") || word == "on" || word == "1" {
        Ok(true)
    } else if begins("false") || begins("no") || word == "of" || word == "off" || word == "0" {
        Ok(false)
    } else {
        Err(BadValue { detail: format!("\"{text}\" is neither on nor off."), hint: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_postgresql_reads() {
        for on in ["on", "ON", " On", "t", "TRUE", "y", "yes", "1"] {
            assert_eq!(parse(on), Ok(true), "{on}");
        }
        for off in ["off", "OF", "f", "False", "n", "NO", "0"] {
            assert_eq!(parse(off), Ok(false), "{off}");
        }
        for bad in ["", "o", "2", "10", "onn", "truee", "on off"] {
            assert_eq!(parse(bad).unwrap_err().detail, format!("\"{bad}\" is neither on nor off."));
        }
    }
}
