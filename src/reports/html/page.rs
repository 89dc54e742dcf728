//! What stands before and after the rows of the table.

use askama::Template;

use super::super::{About, Totals, words};
use super::heat_map::HeatMap;
use super::{grouped, policy};
use crate::rule::{Rule, Status};
use crate::settings::Level;
use crate::sql::on_one_line;

/// What is told on the page, the gravest first.
const LEVELS: [(Level, &str); 3] = [(Level::Error, "Errors"), (Level::Warning, "Warnings"), (Level::Notice, "Notices")];

#[derive(Template)]
#[template(path = "html/head.html", whitespace = "minimize")]
pub struct Head<'a> {
    // The policy and what it names.
    style: &'static str,
    style_hash: String,
    script_hash: String,
    version: &'static str,

    // What the report is about.
    title: String,
    /// The database, or what was checked in its place.
    subject: String,
    time: String,
    preset: &'static str,
    uri: Option<String>,
    incomplete: Option<String>,
    rules: &'a [(&'static Rule, Level)],

    // What there is.
    count: usize,
    total: String,
    levels: Vec<LevelTotals>,
    map: Option<HeatMap>,
    filters: Vec<Filter>,
}

/// How many violations of a level there are.
struct LevelTotals {
    word: &'static str,
    title: &'static str,
    open: String,
    frozen: String,
    exempt: String,
}

/// A choice by which the rows are filtered.
struct Filter {
    title: &'static str,
    name: &'static str,
    /// Each value with how many violations have it.
    choices: Vec<(String, String)>,
}

impl<'a> Head<'a> {
    pub fn new(totals: &Totals, about: &'a About) -> Self {
        let count = totals.count(|_| true);
        let subject = match totals.has_files {
            true => "SQL files".to_owned(),
            false => on_one_line(&about.database).into_owned(),
        };
        Self {
            style: policy::STYLE,
            style_hash: policy::source(policy::STYLE),
            script_hash: policy::source(policy::SCRIPT),
            version: env!("CARGO_PKG_VERSION"),
            title: format!("{subject}: schema conventions"),
            subject,
            time: without_fraction(&about.time),
            preset: about.preset.word(),
            uri: about.uri.as_deref().map(|uri| on_one_line(uri).into_owned()),
            incomplete: words::incomplete(about),
            rules: &about.rules,
            count,
            total: grouped(count),
            levels: LEVELS.iter().map(|(level, title)| LevelTotals::new(totals, *level, title)).collect(),
            map: HeatMap::new(totals),
            filters: filters(totals),
        }
    }
}

impl LevelTotals {
    fn new(totals: &Totals, level: Level, title: &'static str) -> Self {
        let of = |status| grouped(totals.count(|it| it.level == level && it.status == status));
        let (open, frozen, exempt) = (of(Status::Open), of(Status::Frozen), of(Status::Exempt));
        Self { word: level.word(), title, open, frozen, exempt }
    }
}

/// A time as PostgreSQL writes it, to the second.
fn without_fraction(time: &str) -> String {
    let (start, rest) = time.split_once('.').unwrap_or((time, ""));
    format!("{start}{}", rest.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// The filters, with what occurs alone.
fn filters(totals: &Totals) -> Vec<Filter> {
    let choose = |name: &str, count: usize| (name.to_owned(), grouped(count));
    let levels = totals.by(|it| it.level).into_iter().rev().map(|(level, count)| choose(level.word(), count));
    let rules = totals.by(|it| it.rule).into_iter().map(|(rule, count)| choose(rule, count));
    let schemas = totals.by(|it| on_one_line(&it.schema)).into_iter().map(|(name, count)| choose(&name, count));
    let statuses = totals.by(|it| it.status).into_iter().map(|(status, count)| choose(status.word(), count));
    vec![
        Filter { title: "Rule", name: "rule", choices: rules.collect() },
        Filter { title: "Schema", name: "schema", choices: schemas.collect() },
        Filter { title: "Level", name: "level", choices: levels.collect() },
        Filter { title: "Status", name: "status", choices: statuses.collect() },
    ]
}

#[derive(Template)]
#[template(path = "html/foot.html", whitespace = "minimize")]
pub struct Foot<'a> {
    script: &'static str,
    version: &'static str,
    rules: &'a [(&'static Rule, Level)],
    count: usize,
}

impl<'a> Foot<'a> {
    pub fn new(totals: &Totals, about: &'a About) -> Self {
        Self {
            script: policy::SCRIPT,
            version: env!("CARGO_PKG_VERSION"),
            rules: &about.rules,
            count: totals.count(|_| true),
        }
    }
}
