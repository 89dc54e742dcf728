//! How many violations are open, by rule and schema.

use std::collections::{BTreeMap, HashMap};

use super::super::Totals;
use crate::rule::Status;
use crate::settings::Level;
use crate::sql::on_one_line;

/// More schemas than this have one column together.
const MAX_SCHEMAS: usize = 20;

/// The numbers of the map.
pub struct Counts {
    /// The gravest first, and of equal ones that with most violations.
    pub rules: Vec<CountedRule>,
    /// Those with most violations first.
    pub schemas: Vec<String>,
    /// How many schemas have one column together.
    others: usize,
    /// By rule and column.
    pub by_place: HashMap<(&'static str, usize), usize>,
}

pub struct CountedRule {
    pub id: &'static str,
    pub level: Level,
    pub count: usize,
}

impl Counts {
    pub fn new(totals: &Totals) -> Self {
        let mut open: Vec<(&'static str, Level, &str, usize)> = Vec::new();
        for ((status, rule, level, schema), count) in totals.by(|it| (it.status, it.rule, it.level, it.schema.as_str()))
        {
            if status == Status::Open {
                open.push((rule, level, schema, count));
            }
        }
        let mut by_schema: BTreeMap<&str, usize> = BTreeMap::new();
        let mut by_rule: BTreeMap<&'static str, CountedRule> = BTreeMap::new();
        for (id, level, schema, count) in &open {
            *by_schema.entry(schema).or_default() += count;
            let rule = by_rule.entry(id).or_insert(CountedRule { id, level: *level, count: 0 });
            rule.level = rule.level.max(*level);
            rule.count += count;
        }
        let mut rules: Vec<CountedRule> = by_rule.into_values().collect();
        rules.sort_by(|rule, other| other.level.cmp(&rule.level).then(other.count.cmp(&rule.count)));
        let mut schemas: Vec<(&str, usize)> = by_schema.into_iter().collect();
        schemas.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        // A column for a single other one would have room for its name.
        let others = if schemas.len() > MAX_SCHEMAS + 1 { schemas.len() - MAX_SCHEMAS } else { 0 };
        schemas.truncate(schemas.len() - others);
        let columns: HashMap<&str, usize> = schemas.iter().enumerate().map(|(at, (name, _))| (*name, at)).collect();
        let mut by_place = HashMap::new();
        for (rule, _, schema, count) in &open {
            let column = columns.get(schema).copied().unwrap_or(schemas.len());
            *by_place.entry((*rule, column)).or_default() += count;
        }
        Self { rules, schemas: schemas.into_iter().map(|(name, _)| name.to_owned()).collect(), others, by_place }
    }

    /// What the columns are called.
    pub fn columns(&self) -> Vec<String> {
        let names = self.schemas.iter().map(|name| match name.as_str() {
            "" => "(none)".to_owned(),
            name => on_one_line(name).into_owned(),
        });
        names.chain((self.others > 0).then(|| format!("{} others", self.others))).collect()
    }
}
