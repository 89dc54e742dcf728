//! What a rule is: the declaration that each file under `rules/` fulfils, and what a check finds.

use crate::facts::{AttrNumber, Column, Constraint, Index, Oid, QualifiedName, Relation};
use crate::rule::{Catalog, Context};
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
    /// Just before the commit, over the transaction as a whole.
    Transaction(CheckTransaction),
    /// Before the statement runs, over what it is about to do.
    Before(CheckIntent),
}

/// Finds every violation in a relation, whether old or new; what was there before is taken off later.
pub type CheckRelation = fn(&Relation, &Context<'_>, &mut Vec<Finding>);

/// Finds every violation in what a transaction has done.
pub type CheckTransaction = fn(&Transaction<'_>, &Context<'_>, &mut Vec<Finding>);

/// Finds every violation in what a statement is about to do.
pub type CheckIntent = fn(&Intent<'_>, &Context<'_>, &mut Vec<Finding>);

impl Check {
    /// The word for the moment: `statement`, `commit` or `before`.
    pub fn moment(self) -> &'static str {
        match self {
            Self::Statement(_) => "statement",
            Self::Commit(_) | Self::Transaction(_) => "commit",
            Self::Before(_) => "before",
        }
    }
}

/// A rule's level under each preset.
#[derive(Clone, Copy, Debug)]
pub struct Levels {
    pub core: Level,
    pub recommended: Level,
    pub house: Level,
    pub django: Level,
    pub rails: Level,
}

impl Levels {
    /// In no preset.
    pub const NONE: Self =
        Self { core: Level::Off, recommended: Level::Off, house: Level::Off, django: Level::Off, rails: Level::Off };
    /// What the extension exists for: an error in every preset.
    pub const CORE: Self = Self {
        core: Level::Error,
        recommended: Level::Error,
        house: Level::Error,
        django: Level::Error,
        rails: Level::Error,
    };
    /// A convention of the house and of nobody else.
    pub const HOUSE: Self = Self { house: Level::Error, ..Self::NONE };
    /// What most expect: a warning in `recommended` and in the presets of frameworks.
    pub const EXPECTED: Self =
        Self { recommended: Level::Warning, django: Level::Warning, rails: Level::Warning, ..Self::NONE };

    /// The level under a preset.
    pub fn under(&self, preset: Preset) -> Level {
        match preset {
            Preset::Core => self.core,
            Preset::Recommended => self.recommended,
            Preset::House => self.house,
            Preset::Django => self.django,
            Preset::Rails => self.rails,
            Preset::None => Level::Off,
        }
    }
}

/// What a statement is about to do, as far as its parse tree tells. What takes a look into the catalogs or the text is
/// found out when a rule asks.
#[derive(Clone)]
pub struct Intent<'a> {
    /// The command tag, `DROP INDEX` for example.
    pub command: String,
    /// The session's application_name.
    pub application: String,
    /// The relations that it is about, without temporary ones; `None` where it is about something else.
    pub relations: &'a dyn Fn() -> Option<Vec<QualifiedName>>,
    /// The names that it gives and that were longer than PostgreSQL keeps.
    pub long_names: &'a dyn Fn() -> Vec<LongName>,
    /// The tables and columns that it names to be dropped.
    pub drops: &'a dyn Fn() -> Vec<Drop>,
}

impl Default for Intent<'_> {
    fn default() -> Self {
        let (command, application) = (String::new(), String::new());
        Self { command, application, relations: &|| None, long_names: &Vec::new, drops: &Vec::new }
    }
}

impl Intent<'_> {
    /// Whether it is about temporary and exempt relations alone.
    pub fn is_exempt(&self, settings: &Settings) -> bool {
        (self.relations)().is_some_and(|relations| relations.iter().all(|name| settings.exempts(name)))
    }
}

/// A name that was cut.
#[derive(Clone, Debug, PartialEq)]
pub struct LongName {
    pub written: String,
    pub kept: String,
}

/// A table or a column that is about to be dropped.
#[derive(Clone, Debug, PartialEq)]
pub struct Drop {
    pub table: QualifiedName,
    /// Only this column, or the table.
    pub column: Option<String>,
    /// The names of all of the table's columns.
    pub columns: Vec<String>,
    /// How many rows (with a value in the column) would go, counted where the table is small and estimated where not.
    pub rows: f64,
}

/// What a transaction has done.
pub struct Transaction<'a> {
    /// The judged tables that it created, changed or dropped; looked up when a rule asks.
    pub changed: &'a dyn Fn() -> Vec<QualifiedName>,
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
    Index {
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
    /// Never reported, but known as old: the object has this from its parent, where it is judged, or it is no
    /// violation yet.
    pub inherited: bool,
    /// One sentence, lower case, without a full stop.
    pub message: String,
    /// What else shows that the object is the same, where neither its identity nor its name does.
    pub alias: Option<String>,
    /// The type that is at fault, where it is about a type.
    pub data_type: Option<Oid>,
    /// How loudly it may speak, whatever the rule's level.
    pub at_most: Level,
    /// The relation it is about, where that is not the one that was looked at.
    pub elsewhere: Option<QualifiedName>,
    /// Its fix does away with the object, and so with whatever else is wrong with it.
    pub takes_away: bool,
}

impl Finding {
    fn new(object: Object, inherited: bool, message: String) -> Self {
        Self {
            object,
            fault: String::new(),
            inherited,
            message,
            alias: None,
            data_type: None,
            at_most: Level::Error,
            elsewhere: None,
            takes_away: false,
        }
    }

    /// A violation by a relation as a whole.
    pub fn relation(message: String) -> Self {
        Self::new(Object::Relation, false, message)
    }

    /// A violation by a column.
    pub fn column(column: &Column, message: String) -> Self {
        let object = Object::Column { number: column.number, name: column.name.clone() };
        Self::new(object, column.inherited, message)
    }

    /// A violation by a constraint.
    pub fn constraint(constraint: &Constraint, message: String) -> Self {
        let object = Object::Constraint { oid: constraint.oid, name: constraint.name.clone() };
        Self::new(object, constraint.inherited, message)
    }

    /// A violation by an index.
    pub fn index(index: &Index, message: String) -> Self {
        let object = Object::Index { oid: index.oid, name: index.name.clone() };
        Self::new(object, index.inherited, message)
    }

    /// With what tells it apart from another violation by the same object.
    pub fn with_fault(self, fault: impl Into<String>) -> Self {
        Self { fault: fault.into(), ..self }
    }

    /// No violation now; should it become one while the object stays what it is, it is an old one.
    pub fn known(self) -> Self {
        Self { inherited: true, ..self }
    }

    /// Known where it `fits`, and worded only where it does not.
    pub fn unless(self, fits: bool, message: impl FnOnce() -> String) -> Self {
        if fits { self.known() } else { Self { message: message(), ..self } }
    }

    /// With what else shows that the object is the same.
    pub fn known_as(self, alias: String) -> Self {
        Self { alias: Some(alias), ..self }
    }

    /// With the type that is at fault.
    pub fn with_data_type(self, oid: Oid) -> Self {
        Self { data_type: Some(oid), ..self }
    }

    /// Reported at this level where the rule's own is a louder one.
    pub fn at_most(self, level: Level) -> Self {
        Self { at_most: level, ..self }
    }

    /// About this relation, and not the one that was looked at.
    pub fn about(self, relation: &QualifiedName) -> Self {
        Self { elsewhere: Some(relation.clone()), ..self }
    }

    /// With a fix that does away with the object.
    pub fn taken_away(self) -> Self {
        Self { takes_away: true, ..self }
    }

    /// The constraint it is about, in the relation it was found in.
    pub fn find_constraint<'r>(&self, relation: &'r Relation) -> Option<&'r Constraint> {
        match self.object {
            Object::Constraint { oid, .. } => relation.constraint(oid),
            _ => None,
        }
    }

    /// The index it is about, in the relation it was found in.
    pub fn find_index<'r>(&self, relation: &'r Relation) -> Option<&'r Index> {
        match self.object {
            Object::Index { oid, .. } => relation.indexes.iter().find(|index| index.oid == oid),
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
    /// The columns that are violations themselves: each has a fix of its own.
    pub at_fault: &'a [AttrNumber],
    /// The statement is refused: the object will not be there when the SQL is run.
    pub refused: bool,
    pub settings: &'a Settings,
    pub catalog: &'a dyn Catalog,
}

/// One reported violation with everything it carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    pub rule: &'static str,
    /// The rule's level, before the mode softens it.
    pub level: Level,
    /// `statement`, `commit` or `before`.
    pub judged_at: &'static str,
    /// `table`, `foreign table`, `column`, `constraint`, `index`, `type`, `domain`, `statement` or `transaction`.
    pub object_kind: &'static str,
    pub relation: QualifiedName,
    /// Whether the relation is a table (and not a type).
    pub is_table: bool,
    pub column: Option<String>,
    pub constraint: Option<String>,
    pub index: Option<String>,
    pub data_type: Option<QualifiedName>,
    pub message: String,
    pub reason: &'static str,
    pub fix: String,
}
