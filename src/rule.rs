//! What a rule is: the declaration that each file under `rules/` fulfils, and what a check finds.

use crate::facts::{AttrNumber, Column, Constraint, Oid, QualifiedName, Relation};
use crate::settings::{AnyOpt, Level, Preset, Settings};

/// One convention: everything about it, in one place. The setting, the listing in SQL, the documentation page
/// and the tables of the README are derived from this.
pub struct Rule {
    /// Snake case, naming what is wrong; also the name of its setting and of its documentation page.
    pub id: &'static str,
    /// What a violation is, as a noun phrase without a full stop.
    pub summary: &'static str,
    /// Why it matters: full sentences; the DETAIL of the message.
    pub reason: &'static str,
    /// When it is judged, and how.
    pub check: Check,
    /// SQL that mends one violation.
    pub fix: fn(&Finding, &FixContext<'_>) -> String,
    /// The level under each preset.
    pub levels: Levels,
    /// The options that it reads, its own and those it shares.
    pub options: &'static [&'static dyn AnyOpt],
    /// Markdown for the documentation page: what exactly is judged, and what is not.
    pub explanation: &'static str,
    /// SQL that sets the stage for both examples.
    pub setup: &'static str,
    /// SQL with exactly one violation, of this rule.
    pub bad: &'static str,
    /// The same, done right.
    pub good: &'static str,
}

/// When a rule is judged; what cannot be mended by a later statement is judged at once.
#[derive(Clone, Copy)]
pub enum Check {
    /// At the end of the statement, over the relations it touched.
    Statement(CheckRelation),
    /// Just before the commit, over the final state of the relations that the transaction touched.
    Commit(CheckRelation),
    /// Before the statement runs, over what it is about to do.
    Before(CheckIntent),
}

/// Finds every violation in a relation, whether old or new; what was there before is taken off later.
pub type CheckRelation = fn(&Relation, &Settings, &mut Vec<Finding>);

/// Finds every violation in what a statement is about to do.
pub type CheckIntent = fn(&Intent, &Settings, &mut Vec<Finding>);

impl Check {
    /// The word for the moment: `statement`, `commit` or `before`.
    pub fn moment(self) -> &'static str {
        match self {
            Self::Statement(_) => "statement",
            Self::Commit(_) => "commit",
            Self::Before(_) => "before",
        }
    }
}

/// A rule's level under each preset.
#[derive(Clone, Copy, Debug)]
pub struct Levels {
    pub core: Level,
}

impl Levels {
    /// The level under a preset.
    pub fn under(&self, preset: Preset) -> Level {
        match preset {
            Preset::Core => self.core,
            Preset::None => Level::Off,
        }
    }
}

/// What a statement is about to do, as far as its parse tree tells.
#[derive(Clone, Debug, Default)]
pub struct Intent {
    /// The command tag, `DROP INDEX` for example.
    pub command: String,
}

/// The part of a relation that a violation is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// The relation as a whole.
    Relation,
    Column {
        number: AttrNumber,
        name: String,
    },
    Constraint {
        oid: Oid,
        name: String,
    },
}

/// One violation of one rule, found in one state of a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub object: Object,
    /// What tells two violations by the same object apart; for a rule about names, the name.
    pub fault: String,
    /// The object has this from its parent, where it is judged; never reported, but known as old.
    pub inherited: bool,
    /// One sentence, lower case, without a full stop.
    pub message: String,
    /// The type that is at fault, where it is about a type.
    pub data_type: Option<Oid>,
}

impl Finding {
    /// A violation by a column.
    pub fn column(column: &Column, message: String) -> Self {
        let object = Object::Column { number: column.number, name: column.name.clone() };
        Self { object, fault: String::new(), inherited: column.inherited, message, data_type: None }
    }

    /// A violation by a constraint.
    pub fn constraint(constraint: &Constraint, message: String) -> Self {
        let object = Object::Constraint { oid: constraint.oid, name: constraint.name.clone() };
        Self { object, fault: String::new(), inherited: constraint.inherited, message, data_type: None }
    }

    /// With what tells it apart from another violation by the same object.
    pub fn with_fault(self, fault: impl Into<String>) -> Self {
        Self { fault: fault.into(), ..self }
    }

    /// With the type that is at fault.
    pub fn with_data_type(self, oid: Oid) -> Self {
        Self { data_type: Some(oid), ..self }
    }

    /// The constraint it is about, in the relation it was found in.
    pub fn find_constraint<'r>(&self, relation: &'r Relation) -> Option<&'r Constraint> {
        match self.object {
            Object::Constraint { oid, .. } => relation.constraint(oid),
            _ => None,
        }
    }

    /// The column it is about, in the relation it was found in.
    pub fn find_column<'r>(&self, relation: &'r Relation) -> Option<&'r Column> {
        match self.object {
            Object::Column { number, .. } => relation.column(number),
            _ => None,
        }
    }
}

/// What the SQL that mends a violation is made from.
pub struct FixContext<'a> {
    pub relation: &'a Relation,
    /// The relation before the statement, if it was there.
    pub before: Option<&'a Relation>,
    /// The statement is refused: the object will not be there when the SQL is run.
    pub refused: bool,
    pub settings: &'a Settings,
    pub catalog: &'a dyn Catalog,
}

/// What only the server knows, asked for when a violation is reported and not before.
pub trait Catalog {
    /// The name of a table, `None` if it is gone.
    fn table_name(&self, table: Oid) -> Option<QualifiedName>;
    /// The names of a table's columns.
    fn column_names(&self, table: Oid, columns: &[AttrNumber]) -> Vec<String>;
    /// A type as SQL, with its modifier (-1: none), qualified where needed.
    fn type_sql(&self, data_type: Oid, modifier: i32) -> String;
    /// Schema and name of a type.
    fn type_name(&self, data_type: Oid) -> QualifiedName;
    /// How a type is put together.
    fn type_shape(&self, data_type: Oid, modifier: i32) -> TypeShape;
    /// What follows the type in a column's definition: collation, default, identity, NOT NULL; with a leading space.
    fn column_clauses(&self, table: Oid, column: AttrNumber) -> String;
    /// What follows the type in a domain's definition, with a leading space.
    fn domain_clauses(&self, domain: Oid) -> String;
    /// What follows the name in a constraint's definition: `CHECK (a > 0)`.
    fn constraint_definition(&self, constraint: Oid) -> String;
    /// Whether a relation (table, index, sequence, view) of this name exists.
    fn relation_exists(&self, name: &QualifiedName) -> bool;
}

/// How a type is put together, for rewriting it.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeShape {
    /// Made of nothing else.
    Scalar {
        oid: Oid,
        sql: String,
    },
    Array(Box<TypeShape>),
    Range {
        subtype: Box<TypeShape>,
    },
    Multirange {
        subtype: Box<TypeShape>,
    },
    Domain {
        base: Box<TypeShape>,
    },
    Composite {
        name: QualifiedName,
        attributes: Vec<(String, TypeShape)>,
    },
}

/// One reported violation with everything it carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    pub rule: &'static str,
    /// The rule's level, before the mode softens it.
    pub level: Level,
    /// `statement`, `commit` or `before`.
    pub judged_at: &'static str,
    /// `table`, `foreign table`, `column`, `constraint`, `type` or `domain`.
    pub object_kind: &'static str,
    pub relation: QualifiedName,
    /// Whether the relation is a table (and not a type).
    pub is_table: bool,
    pub column: Option<String>,
    pub constraint: Option<String>,
    pub data_type: Option<QualifiedName>,
    pub message: String,
    pub reason: &'static str,
    pub fix: String,
}
