//! The documentation page of a rule, which follows from its declaration.

use std::fmt::Write;

use super::{Check, Moment, Rule};
use crate::settings::{AnyOption, DEFAULT_PRESET, Preset};

/// The page of a rule, in Markdown.
pub fn page(rule: &Rule) -> String {
    let mut page = format!("# {}\n\nA violation is {}.\n\n", rule.id, rule.summary);
    let levels: Vec<String> = Preset::ALL
        .iter()
        .map(|preset| format!("{} under preset `{}`", rule.levels.under(*preset).word(), preset.word()))
        .collect();
    let _ = write!(
        page,
        "* Checked {}{}.\n* Level: {}. Set by `guardrail.{}`.\n",
        rule.moment.phrase(),
        scope(rule),
        levels.join(", "),
        rule.id
    );
    for option in rule.options {
        let (name, default) = (option.name(), describe_default(*option));
        let _ = writeln!(
            page,
            "* Option `guardrail.{name}` (default: {default}). {} {}",
            option.summary(),
            option.details()
        );
    }
    let _ = write!(page, "\n## Why\n\n{}\n\n## What is checked\n\n{}\n", rule.reason, rule.explanation);
    for (title, code) in [("Given", rule.setup), ("Bad", rule.bad), ("Good", rule.good)] {
        if !code.is_empty() {
            let _ = write!(page, "\n## {title}\n\n```sql\n{code}\n```\n");
        }
    }
    page
}

/// The default of an option, and those of the presets that have another one. Of a long text only the beginning is shown.
pub fn describe_default(option: &dyn AnyOption) -> String {
    const MAX_SHOWN: usize = 400;
    let show = |text: &str| match text {
        "" => "empty".to_owned(),
        _ if text.len() > MAX_SHOWN => {
            let first = text.split_inclusive(", ").take(3).collect::<String>();
            format!("`{first}…`; `SHOW guardrail.{}` lists all", option.name())
        }
        _ => format!("`{text}`"),
    };
    let usual = option.default_under(DEFAULT_PRESET);
    let mut default = show(usual);
    for preset in Preset::ALL {
        let other = option.default_under(*preset);
        if other != usual {
            let _ = write!(default, "; under `{}`: {}", preset.word(), show(other));
        }
    }
    default
}

/// What exactly a rule looks at when it is checked at the commit.
fn scope(rule: &Rule) -> &'static str {
    match (rule.moment, rule.check) {
        (Moment::Commit, Check::Relation(_)) => ", on the final state of the transaction",
        (Moment::Commit, Check::Transaction(_)) => ", on the transaction as a whole",
        _ => "",
    }
}
