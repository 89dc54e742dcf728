//! What is refused is rolled back, with everything that was written about it. It goes to the server's log, where it stays.

use serde::Serialize;

use super::journal::{Origin, Row};
use crate::judge::Occasion;
use crate::pg::{backend, report};
use crate::reports::ascii;
use crate::rule::Violation;

/// What the line begins with.
const PREFIX: &str = "pg_guardrail refusal: ";

/// How many violations the line has at most.
const MAX_LOGGED: usize = 50;

#[derive(Serialize)]
struct Refusal {
    database: String,
    #[serde(flatten)]
    origin: Origin,
    /// Those of the highest levels come first.
    violations: Vec<Row>,
    /// How many more there are.
    left_out: usize,
}

/// Writes to the server's log that a statement or a transaction is refused for these violations. It is one line of ASCII,
/// whatever the names are.
pub fn log(violations: &[Violation], occasion: Occasion<'_>) {
    let refusal = Refusal {
        database: backend::database_name(),
        origin: Origin::of(occasion),
        violations: gravest(violations).into_iter().map(Row::of).collect(),
        left_out: violations.len().saturating_sub(MAX_LOGGED),
    };
    let json = serde_json::to_string(&refusal).expect("texts can be written as JSON");
    report::log_line(&format!("{PREFIX}{}", ascii::json(&json)));
}

fn gravest(violations: &[Violation]) -> Vec<&Violation> {
    let mut gravest: Vec<&Violation> = violations.iter().collect();
    gravest.sort_by_key(|violation| std::cmp::Reverse(violation.level));
    gravest.truncate(MAX_LOGGED);
    gravest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Level;
    use crate::testing::violation;

    #[test]
    fn the_gravest_are_logged_and_their_order_remains() {
        let mut all = vec![Violation { level: Level::Notice, ..violation("notice") }; MAX_LOGGED];
        all.push(violation("b"));
        all.push(violation("a"));
        let logged = gravest(&all);
        assert_eq!(logged.len(), MAX_LOGGED);
        assert_eq!([logged[0].rule, logged[1].rule, logged[2].rule], ["b", "a", "notice"]);
    }
}
