//! What the writers of SQL have in common: where the SQL is run, and what they return.

use super::Names;
use crate::facts::{Column, Oid, Relation, RelationKind, Use, UseKind};
pub use crate::rule::Phase;
use crate::rule::{Catalog, Context};
use crate::sql::{join_lines, on_one_line, quote, quote_qualified};

/// Where the SQL of a fix is run.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    pub base: Context<'a>,
    /// The relation as it is when the SQL is run.
    pub relation: &'a Relation,
    /// The relation before the change that is checked, if it was there.
    pub before: Option<&'a Relation>,
    /// The relation as the change has left it. Where the change is refused, it is not that when the SQL is run.
    pub after: &'a Relation,
    pub names: &'a Names<'a>,
}

impl<'a> Site<'a> {
    /// The catalogs.
    pub fn catalog(&self) -> &'a dyn Catalog {
        self.base.catalog
    }

    /// Whether the relation is a table that was made OF a composite type, whose columns are those of the type.
    pub fn is_typed(&self) -> bool {
        self.relation.kind.is_table() && self.catalog().is_typed(self.relation.oid)
    }

    /// Whether the statement is `CREATE TABLE … PARTITION OF`, whose columns are those of the parent.
    pub fn makes_partition(&self) -> bool {
        self.before.is_none() && self.after.is_partition
    }

    /// What is in the way of a change of a typed table's columns.
    pub fn type_in_the_way(&self) -> Option<Use> {
        let name = "the type that the table is made of".to_owned();
        self.is_typed().then_some(Use { kind: UseKind::TypedTable, name })
    }

    /// `ALTER TABLE public.orders`, `ALTER FOREIGN TABLE …`, `ALTER TYPE …` or `ALTER DOMAIN …`.
    pub fn alter(&self) -> String {
        let kind = match self.relation.kind {
            RelationKind::Table | RelationKind::PartitionedTable => "TABLE",
            RelationKind::ForeignTable => "FOREIGN TABLE",
            RelationKind::CompositeType | RelationKind::Enum | RelationKind::Range => "TYPE",
            RelationKind::Domain => "DOMAIN",
        };
        format!("ALTER {kind} {}", self.name())
    }

    /// The relation's name as it must stand in SQL.
    pub fn name(&self) -> String {
        quote_qualified(&self.relation.name)
    }

    /// What changes of a column begin with: `ALTER COLUMN at`.
    pub fn alter_column(&self, column: &Column) -> String {
        let noun = if self.relation.kind == RelationKind::CompositeType { "ATTRIBUTE" } else { "COLUMN" };
        format!("ALTER {noun} {}", quote(&column.name))
    }

    /// A column's type as SQL.
    pub fn type_of(&self, column: &Column) -> String {
        self.catalog().type_sql(column.data_type.oid, column.data_type.modifier)
    }

    /// Whether the relation may hold rows.
    pub fn may_have_rows(&self) -> bool {
        self.relation.kind.is_table() && self.catalog().has_rows(self.relation.oid) != Some(false)
    }
}

/// What makes an edit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    pub phase: Phase,
    /// Statements.
    pub statements: Vec<String>,
    /// What to know before running them.
    pub cautions: Vec<String>,
    /// The constraints and indexes that they drop.
    pub drops: Vec<Oid>,
}

impl Step {
    /// A step of one statement.
    pub fn new(phase: Phase, statement: String) -> Self {
        Self { phase, statements: vec![statement], ..Self::default() }
    }

    /// With constraints and indexes that it drops.
    pub fn dropping(mut self, parts: impl IntoIterator<Item = Oid>) -> Self {
        self.drops.extend(parts.into_iter().filter(|part| *part != 0));
        self
    }

    /// Adds an element, on a line of its own.
    pub fn push(&mut self, element: String) {
        let element = join_lines(&element);
        if !self.statements.contains(&element) {
            self.statements.push(element);
        }
    }

    /// Adds something to know, once.
    pub fn add_caution(&mut self, caution: &str) {
        if !self.cautions.iter().any(|other| other == caution) {
            self.cautions.push(caution.to_owned());
        }
    }

    /// With something to know, if `applies`.
    pub fn caution_if(mut self, applies: bool, caution: &str) -> Self {
        self.cautions.extend(applies.then(|| caution.to_owned()));
        self
    }
}

/// What a person has to do about what need not be made at all.
pub const LEAVE_OUT: &str = "Leave it out.";

/// A step; or, where no SQL can do it, what a person has to do, as sentences.
pub type Attempt = Result<Step, String>;

/// The most uses that a comment names.
const MAX_NAMED: usize = 5;

/// Fails where something is in the way of a change. `change` says what the change is: `Change column at to …`.
pub fn unless_used(change: &str, uses: &[Use]) -> Result<(), String> {
    if uses.is_empty() {
        return Ok(());
    }
    let mut named: Vec<&str> = Vec::new();
    for each in uses {
        if !named.contains(&each.name.as_str()) {
            named.push(&each.name);
        }
    }
    let unnamed = named.len().saturating_sub(MAX_NAMED);
    named.truncate(MAX_NAMED);
    let and_more = if unnamed > 0 { format!(", and {unnamed} more") } else { String::new() };
    Err(format!("{}. This is in the way: {}{and_more}.", on_one_line(change), named.join(", ")))
}
