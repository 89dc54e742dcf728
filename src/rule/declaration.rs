//! What each file under `rules/` declares.

use super::{Context, Edit, Finding, Moment};
use crate::facts::{Intent, Relation, Transaction};
use crate::settings::{AnyOption, Level, Preset};

/// One convention: everything about it, in one place. The setting, the listing in SQL, the documentation page
/// and the tables of docs/ are derived from this.
pub struct Rule {
    // Its name and its words.
    /// Snake case, naming what is wrong; also the name of its setting and of its documentation page.
    pub id: &'static str,
    /// What a violation is, as a noun phrase without a full stop.
    pub summary: &'static str,
    /// Why it matters: full sentences; the DETAIL of the message.
    pub reason: &'static str,

    // What it does.
    /// When it is checked.
    pub moment: Moment,
    /// What it looks at, and how it finds its violations there.
    pub check: Check,
    /// What should be different, so that a violation is fixed. The relation is the one it was found in; an empty one for a
    /// statement or a transaction.
    pub fix: fn(&Finding, &Relation, &Context<'_>) -> Vec<Edit>,

    // Its settings.
    /// The level under each preset.
    pub levels: Levels,
    /// The options that it reads, its own and those it shares.
    pub options: &'static [&'static dyn AnyOption],

    // Its documentation page.
    /// Markdown: what exactly is checked, and what is not.
    pub explanation: &'static str,
    /// SQL that sets the stage for both examples.
    pub setup: &'static str,
    /// SQL with exactly one violation, of this rule.
    pub bad: &'static str,
    /// The same, done right.
    pub good: &'static str,
}

/// What a rule looks at, and the function that adds every violation it finds there, whether old or new. `judge` later
/// removes the violations that were there before.
#[derive(Clone, Copy)]
pub enum Check {
    /// One relation.
    Relation(fn(&Relation, &Context<'_>, &mut Vec<Finding>)),
    /// What a statement is about to do.
    Intent(fn(&Intent<'_>, &Context<'_>, &mut Vec<Finding>)),
    /// What a transaction has done.
    Transaction(fn(&Transaction<'_>, &Context<'_>, &mut Vec<Finding>)),
}

/// What is being checked.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    Relation(&'a Relation),
    Intent(&'a Intent<'a>),
    Transaction(&'a Transaction<'a>),
}

impl Check {
    /// Adds what is wrong with the target. Does nothing where the rule looks at something else.
    pub fn run(self, target: Target<'_>, context: &Context<'_>, findings: &mut Vec<Finding>) {
        match (self, target) {
            (Self::Relation(check), Target::Relation(relation)) => check(relation, context, findings),
            (Self::Intent(check), Target::Intent(intent)) => check(intent, context, findings),
            (Self::Transaction(check), Target::Transaction(transaction)) => check(transaction, context, findings),
            _ => {}
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
    pub prisma: Level,
}

impl Levels {
    /// In no preset.
    pub const NONE: Self = Self {
        core: Level::Off,
        recommended: Level::Off,
        house: Level::Off,
        django: Level::Off,
        rails: Level::Off,
        prisma: Level::Off,
    };
    /// What the extension exists for: an error under every preset but `none`.
    pub const CORE: Self = Self {
        core: Level::Error,
        recommended: Level::Error,
        house: Level::Error,
        django: Level::Error,
        rails: Level::Error,
        prisma: Level::Error,
    };
    /// An error under `house`, and off under every other preset.
    pub const HOUSE: Self = Self { house: Level::Error, ..Self::NONE };
    /// What most teams expect: a warning in `recommended` and in the presets of frameworks.
    pub const EXPECTED: Self = Self {
        recommended: Level::Warning,
        django: Level::Warning,
        rails: Level::Warning,
        prisma: Level::Warning,
        ..Self::NONE
    };

    /// The level under a preset.
    pub fn under(&self, preset: Preset) -> Level {
        match preset {
            Preset::Core => self.core,
            Preset::Recommended => self.recommended,
            Preset::House => self.house,
            Preset::Django => self.django,
            Preset::Rails => self.rails,
            Preset::Prisma => self.prisma,
            Preset::None => Level::Off,
        }
    }
}
