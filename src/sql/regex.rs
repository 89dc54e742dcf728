//! Regular expressions of PostgreSQL, as check constraints use them.

/// Whether a regular expression of PostgreSQL matches only strings up to some length: it is anchored at both ends and
/// has no unlimited repetition. False where that cannot be seen easily.
pub fn bounds_length(regex: &str) -> bool {
    let Some(inner) = regex.strip_prefix('^').and_then(|rest| rest.strip_suffix('$')) else { return false };
    let mut chars = inner.chars();
    let (mut depth, mut in_brackets) = (0, false);
    while let Some(c) = chars.next() {
        match c {
            // A backslash at the end escapes the closing "$", which then is no anchor.
            '\\' if chars.next().is_none() => return false,
            '\\' => {}
            '[' if in_brackets && chars.as_str().starts_with(CLASS_SIGNS) => match after_class(chars.as_str()) {
                Some(rest) => chars = rest.chars(),
                None => return false,
            },
            _ if in_brackets => in_brackets = c != ']',
            '[' => {
                in_brackets = true;
                // A "]" that comes first is a member of the bracket expression and does not close it.
                let rest = chars.as_str();
                let members = rest.strip_prefix('^').unwrap_or(rest);
                chars = members.strip_prefix(']').unwrap_or(members).chars();
            }
            '(' => depth += 1,
            ')' => depth -= 1,
            '*' | '+' => return false,
            '|' if depth == 0 => return false,
            '{' if !is_bounded_repetition(chars.as_str()) => return false,
            _ => {}
        }
    }
    !in_brackets
}

/// What stands behind the bracket of a class, a collating element or an equivalence class: `[:alpha:]`, `[.-.]`, `[=a=]`.
const CLASS_SIGNS: [char; 3] = [':', '.', '='];

/// The text behind such a member of a bracket expression, which is given without its first bracket; `None` if it has no
/// end.
fn after_class(member: &str) -> Option<&str> {
    let sign = member.chars().next()?;
    let inner = &member[sign.len_utf8()..];
    let end = inner.find(&format!("{sign}]"))?;
    Some(&inner[end + 2..])
}

/// Whether what follows an opening brace ends a repetition with an upper bound: `3}` or `1,5}`. A brace before anything
/// else than a digit is an ordinary character.
fn is_bounded_repetition(after_brace: &str) -> bool {
    let is_bound = |c: char| c.is_ascii_digit() || c == ',';
    let rest = after_brace.trim_start_matches(is_bound);
    let bounds = &after_brace[..after_brace.len() - rest.len()];
    bounds.is_empty() || (rest.starts_with('}') && !bounds.ends_with(','))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_expressions_that_bound_a_length() {
        for bounded in [
            "^[A-Z]{3}$",
            r"^\d{1,5}(-\d{4})?$",
            "^(a|b)$",
            "^[*+]$",
            "^[]*]$",
            "^[^]|]{2}$",
            r"^\+\*$",
            "^$",
            "^{a}{2}$",
            "^[[:alpha:][]{2}$",
            "^[[:alpha:]]$",
            "^[[.*.][=+=]]{1,3}$",
        ] {
            assert!(bounds_length(bounded), "{bounded}");
        }
        for unbounded in [
            "^[a-z]+$",
            "^a*$",
            "[A-Z]{3}",
            "^a{2,}$",
            "^a|b$",
            r"^a\$",
            "^a{2",
            "^{a*}$",
            "^a{2,",
            "^a{2b}$",
            "^[a",
            "^",
            "$",
            "",
            "^[[:alpha:][]+[]]$",
            "^[[.].]*]+$",
            "^[[:alpha:]",
            "^[[:]$",
        ] {
            assert!(!bounds_length(unbounded), "{unbounded}");
        }
    }
}
