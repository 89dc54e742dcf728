//! Violations for the tests of the formats.

use super::output::Kept;
use super::{About, Entry, Totals, Writer};
use crate::rule::{Rule, Status};
use crate::rules;
use crate::settings::{Level, Preset};
use crate::testing::violation;

/// An open, a frozen and an exempt violation.
pub fn entries() -> [Entry; 3] {
    [Status::Open, Status::Frozen, Status::Exempt].map(|status| {
        let entry = Entry::new(&violation("fk_without_index"), status).expect("the rule exists");
        let fingerprint = format!("000000000000000{}", status as usize);
        Entry { fingerprint, fix: "CREATE INDEX ix ON public.t (a);".to_owned(), ..entry }
    })
}

/// A report under the preset `core`, without the encoding.
pub fn render<W: Writer + Default>(entries: &[Entry]) -> String {
    render_as::<W>(entries, None)
}

/// A report after a failure.
pub fn render_incomplete<W: Writer + Default>(entries: &[Entry]) -> String {
    render_as::<W>(entries, Some("m/2.sql:3: relation \"b\" does not exist"))
}

fn render_as<W: Writer + Default>(entries: &[Entry], incomplete: Option<&str>) -> String {
    let level = |rule: &'static Rule| (rule, rule.levels.under(Preset::Core));
    let about = About {
        database: "shop".to_owned(),
        time: "2026-01-02 03:04:05+00".to_owned(),
        preset: Preset::Core,
        rules: rules::ALL.iter().copied().map(level).filter(|(_, level)| *level != Level::Off).collect(),
        uri: None,
        incomplete: incomplete.map(str::to_owned),
    };
    let (mut writer, mut output, mut totals) = (W::default(), Kept::default(), Totals::default());
    writer.begin(&about, &mut output);
    for entry in entries {
        totals.add(entry);
        writer.add(entry, &about, &mut output);
    }
    writer.end(&totals, &about, &mut output);
    output.text
}
