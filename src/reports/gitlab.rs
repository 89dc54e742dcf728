//! GitLab's Code Quality: an array of issues of JSON, each on a line of its own.
//!
//! GitLab finds the new issues of a merge request by comparing their fingerprints with those of the target branch, so frozen
//! violations are among them. Exempt ones are not: GitLab has no way to say that somebody has accepted an issue.

use std::collections::HashMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{About, Entry, Output, Totals, Writer, place, words};
use crate::rule::Status;
use crate::rule::fingerprint::numbered;
use crate::settings::Level;

#[derive(Default)]
pub struct Gitlab {
    /// The last issue, which is written when it is known whether another one follows.
    last: Option<String>,
    /// How often there was what issues are known by; a few bytes for each.
    seen: HashMap<[u8; 8], u32>,
}

impl Writer for Gitlab {
    fn add(&mut self, entry: &Entry, about: &About, output: &mut dyn Output) {
        if entry.status == Status::Exempt {
            return;
        }
        let path = place::path(entry, about);
        let issue = json!({
            // Not every view shows `check_name`.
            "description": format!("{} ({})", words::message(entry), entry.rule.id),
            "check_name": entry.rule.id,
            "fingerprint": self.fingerprint(entry, &path),
            "severity": severity(entry.level),
            "location": { "path": path, "lines": { "begin": place::line(entry) } },
        });
        self.push(&issue, output);
    }

    fn end(&mut self, _: &Totals, about: &About, output: &mut dyn Output) {
        // Nothing else in the file could say it: without an issue, all that there were would pass for fixed.
        if let Some(incomplete) = words::incomplete(about) {
            let issue = json!({
                "description": incomplete,
                "check_name": "pg_guardrail",
                "fingerprint": "incomplete",
                "severity": "blocker",
                "location": { "path": about.uri.as_deref().unwrap_or("pg_guardrail"), "lines": { "begin": 1 } },
            });
            self.push(&issue, output);
        }
        match &self.last {
            Some(issue) => output.write(&format!("{issue}\n]")),
            None => output.write("[]"),
        }
    }
}

impl Gitlab {
    fn push(&mut self, issue: &Value, output: &mut dyn Output) {
        let before = self.last.replace(issue.to_string());
        output.write(&before.map_or("[".to_owned(), |issue| format!("{issue},")));
    }

    /// What GitLab knows an issue by. Of issues with the same one it shows the first alone, and several files may have the
    /// same violation, so the path is part of it, and for the second one in the same file its number.
    fn fingerprint(&mut self, entry: &Entry, path: &str) -> String {
        let mut hash = Sha256::new();
        for part in [entry.rule.id, &entry.fingerprint, path] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        // Where the fingerprint is not known, what there is to read tells one issue from another.
        if entry.fingerprint.is_empty() {
            hash.update(entry.message.as_bytes());
        }
        let hash: [u8; 8] = hash.finalize()[..8].try_into().expect("a hash is longer than that");
        let text: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let count = self.seen.entry(hash).or_default();
        *count += 1;
        numbered(&text, *count as usize)
    }
}

/// GitLab has two more, `critical` and `blocker`, for what breaks a program.
fn severity(level: Level) -> &'static str {
    match level {
        Level::Error => "major",
        Level::Warning => "minor",
        Level::Notice | Level::Off => "info",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::for_tests::{entries, render, render_incomplete};

    #[test]
    fn no_violation_is_an_empty_array() {
        assert_eq!(render::<Gitlab>(&[]), "[]\n");
    }

    #[test]
    fn a_failure_is_an_issue() {
        let issues: Vec<Value> = serde_json::from_str(&render_incomplete::<Gitlab>(&entries())).unwrap();
        assert_eq!(issues.len(), 3);
        assert_eq!(issues[2]["severity"], "blocker");
    }

    #[test]
    fn issues_have_different_fingerprints_that_stay() {
        let [first, ..] = entries();
        let in_file = |file: &str| Entry { file: Some(file.to_owned()), line: Some(3), ..first.clone() };
        let all = [in_file("./a.sql"), in_file("b.sql"), in_file("a.sql"), first.clone()];
        let issues: Vec<Value> = serde_json::from_str(&render::<Gitlab>(&all)).unwrap();
        let of = |at: usize| issues[at]["fingerprint"].as_str().unwrap();
        assert_eq!(of(2), format!("{}:2", of(0)));
        assert_ne!(of(0), of(1));
        assert_ne!(of(0), of(3));
        assert_eq!(issues[0]["location"], json!({"path": "a.sql", "lines": {"begin": 3}}));
        assert_eq!(issues[3]["location"], json!({"path": "public/t", "lines": {"begin": 1}}));
    }
}
