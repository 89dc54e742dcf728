//! What a rule finds.

use std::collections::HashMap;

use super::{Definition, Object, Rest, Target};
use crate::facts::{Column, Constraint, DroppedData, Index, Oid, QualifiedName, Relation};
use crate::settings::Level;

/// What tells a violation from the other ones of its rule in its relation: what the fingerprint is made of, besides these
/// two. It survives when other objects are renamed, and so does the fingerprint.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Subject {
    /// The object: the name of a column; the columns of a constraint or an index, and what a foreign key references.
    #[default]
    Object,
    /// There is one violation in a relation, whatever the part that it was found in.
    Relation,
    /// These names, in this order.
    Names(Vec<String>),
}

/// What a rule has found in one state: a violation or, with `baseline_only`, only a mark.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    // What is wrong.
    pub object: Object,
    /// What tells two violations of the same object apart; for a rule about names, the name.
    pub cause: String,
    /// One sentence, lower case, without a full stop.
    pub message: String,
    /// Why it matters, where that is not the reason of the rule.
    pub reason: Option<String>,
    /// The data type that is wrong, where the violation is about one.
    pub data_type: Option<Oid>,
    /// The name of what the relation lacks, where the violation is that.
    pub lacks: Option<String>,
    /// Whether it is a violation for certain, or only looks like one now that the statement is over.
    pub is_certain: bool,
    /// What tells it from the other violations of the rule in the relation, on every server and for good.
    pub subject: Subject,

    // How it is compared with the findings of an earlier state.
    /// It is never reported; it only keeps a finding of a later state from being new. Either it is `inherited`, or the
    /// object does not violate the rule in this state and is not to blame if it does later, when its table is renamed,
    /// for example.
    pub baseline_only: bool,
    /// The object comes from the table's parent. It is reported there instead.
    pub inherited: bool,
    /// What also identifies the object where PostgreSQL has made it anew under another name.
    pub alias: Option<String>,

    // How it is reported.
    /// The highest level at which it is reported, whatever the rule's own.
    pub max_level: Level,
    /// The relation that it is reported for, where that is not the one it was found in.
    pub reported_for: Option<QualifiedName>,
    /// Where it is about a statement as a whole: a relation that the statement is about.
    pub relation_of_statement: Option<QualifiedName>,
    /// What is about to be dropped, where the violation is about that.
    pub lost: Option<DroppedData>,
    /// What the same statement does besides; told with one of its findings.
    pub rest: Option<Rest>,
    /// Where several findings of the rule in a relation are reported as one violation: how its list begins, which is the same
    /// for all of them, and what it says for this finding.
    pub listing: Option<(String, String)>,
    /// The findings that were merged into this one.
    pub merged: Vec<Finding>,
}

/// How many findings the list of a merged one names at most.
const MAX_LISTED: usize = 20;

impl Finding {
    fn new(object: Object, inherited: bool, message: String) -> Self {
        Self {
            object,
            cause: String::new(),
            message,
            reason: None,
            data_type: None,
            lacks: None,
            is_certain: true,
            subject: Subject::Object,
            baseline_only: inherited,
            inherited,
            alias: None,
            max_level: Level::Error,
            reported_for: None,
            relation_of_statement: None,
            lost: None,
            rest: None,
            listing: None,
            merged: Vec::new(),
        }
    }

    /// A violation of a relation as a whole.
    pub fn relation(message: String) -> Self {
        Self::new(Object::Relation, false, message)
    }

    /// A violation of a column.
    pub fn column(column: &Column, message: String) -> Self {
        let object = Object::Column { number: column.number, name: column.name.clone() };
        Self::new(object, column.inherited, message)
    }

    /// A violation of a constraint.
    pub fn constraint(constraint: &Constraint, message: String) -> Self {
        let definition = Definition::of_constraint(constraint);
        let object = Object::Constraint { oid: constraint.oid, name: constraint.name.clone(), definition };
        Self::new(object, constraint.inherited, message)
    }

    /// A violation of an index.
    pub fn index(index: &Index, message: String) -> Self {
        let definition = Definition::of_index(index);
        let object = Object::Index { oid: index.oid, name: index.name.clone(), definition };
        Self::new(object, index.inherited, message)
    }

    /// With what tells it apart from another violation of the same object.
    pub fn with_cause(self, cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), ..self }
    }

    /// With a reason of its own.
    pub fn with_reason(self, reason: String) -> Self {
        Self { reason: Some(reason), ..self }
    }

    /// With the name of what the relation lacks.
    pub fn lacking(self, name: &str) -> Self {
        Self { lacks: Some(name.to_owned()), ..self }
    }

    /// It only looks like a violation, if `is_uncertain`.
    pub fn uncertain_if(self, is_uncertain: bool) -> Self {
        Self { is_certain: self.is_certain && !is_uncertain, ..self }
    }

    /// With what tells it from the other violations of the rule in the relation.
    pub fn with_subject(self, subject: Subject) -> Self {
        Self { subject, ..self }
    }

    /// Never reported: see [`Finding::baseline_only`].
    pub fn for_baseline(self) -> Self {
        Self { baseline_only: true, ..self }
    }

    /// Whether it is not reported because it is on the parent.
    pub fn is_left_to_parent(&self) -> bool {
        self.baseline_only && self.inherited
    }

    /// Reported on the parent of the relation, if it is `inherited`.
    pub fn reported_on_parent_if(self, inherited: bool) -> Self {
        Self { baseline_only: self.baseline_only || inherited, inherited: self.inherited || inherited, ..self }
    }

    /// If `is_fine`, the finding is never reported and only marks an old state; otherwise `message` words it, unless it is
    /// inherited and so reported on the parent.
    pub fn report_unless(self, is_fine: bool, message: impl FnOnce() -> String) -> Self {
        if is_fine || self.baseline_only { self.for_baseline() } else { Self { message: message(), ..self } }
    }

    /// With what also identifies the object where PostgreSQL has made it anew.
    pub fn with_alias(self, alias: String) -> Self {
        Self { alias: Some(alias), ..self }
    }

    /// With the data type that is wrong.
    pub fn with_data_type(self, oid: Oid) -> Self {
        Self { data_type: Some(oid), ..self }
    }

    /// About a column of which only the name is known.
    pub fn about_column(self, name: &str) -> Self {
        Self { object: Object::Column { number: 0, name: name.to_owned() }, ..self }
    }

    /// Reported at this level where the rule's own is higher.
    pub fn with_max_level(self, level: Level) -> Self {
        Self { max_level: level, ..self }
    }

    /// Reported for this relation, and not for the one it was found in.
    pub fn reported_for(self, relation: &QualifiedName) -> Self {
        Self { reported_for: Some(relation.clone()), ..self }
    }

    /// With what is about to be dropped.
    pub fn with_lost(self, lost: DroppedData, rest: Option<Rest>) -> Self {
        Self { lost: Some(lost), rest, ..self }
    }

    /// Reported together with the other findings of the rule in the relation, in a list that begins with `heading` and has
    /// `label` for this finding. Alone, it is reported with its own message.
    pub fn listed(self, heading: &str, label: &str) -> Self {
        Self { listing: Some((heading.to_owned(), label.to_owned())), ..self }
    }

    /// Merges those findings of a rule in a relation that are reported as a list.
    pub fn merge_listed(findings: Vec<Self>) -> Vec<Self> {
        let (listed, mut merged): (Vec<Self>, Vec<Self>) =
            findings.into_iter().partition(|finding| finding.listing.is_some());
        let mut lists: Vec<Vec<Self>> = Vec::new();
        let mut positions = HashMap::new();
        for finding in listed {
            let heading = finding.listing.as_ref().map(|(heading, _)| heading.clone()).unwrap_or_default();
            let at = *positions.entry(heading).or_insert(lists.len());
            if at == lists.len() {
                lists.push(Vec::new());
            }
            lists[at].push(finding);
        }
        merged.extend(lists.into_iter().map(Self::merge));
        merged
    }

    /// Merges the findings of one list.
    fn merge(mut list: Vec<Self>) -> Self {
        if list.len() == 1 {
            return list.remove(0);
        }
        let heading = list[0].listing.as_ref().map_or("", |(heading, _)| heading);
        let labels = list.iter().filter_map(|finding| finding.listing.as_ref().map(|(_, label)| label.as_str()));
        let labels: Vec<&str> = labels.take(MAX_LISTED).collect();
        let mut message = format!("{heading}{}", labels.join(", "));
        if list.len() > MAX_LISTED {
            message += &format!(" and {} more", list.len() - MAX_LISTED);
        } else if let ([first @ .., last], false) = (labels.as_slice(), heading.ends_with(": ")) {
            // What does not stand behind a colon is a sentence.
            message = format!("{heading}{} and {last}", first.join(", "));
        }
        let is_about_one = list.iter().all(|finding| finding.object == list[0].object);
        let object = if is_about_one { list[0].object.clone() } else { Object::Relation };
        let is_certain = list.iter().all(|finding| finding.is_certain);
        Self { is_certain, merged: list, ..Self::new(object, false, message) }
    }

    /// The findings that it was merged from; where it was not, itself.
    pub fn parts(&self) -> impl Iterator<Item = &Self> {
        let itself = self.merged.is_empty().then_some(self);
        self.merged.iter().chain(itself)
    }

    /// The name of the part of the relation that it is about; `None` where it is about the relation as a whole.
    pub fn object_name(&self) -> Option<&str> {
        match &self.object {
            Object::Relation => self.lacks.as_deref(),
            Object::Column { name, .. } | Object::Constraint { name, .. } | Object::Index { name, .. } => Some(name),
        }
    }

    /// The name of the relation that it is reported for; an empty one for a statement or a transaction as a whole.
    pub fn relation_name(&self, target: Target<'_>) -> QualifiedName {
        let own = match target {
            Target::Relation(relation) => relation.name.clone(),
            Target::Intent(_) | Target::Transaction(_) => QualifiedName::default(),
        };
        self.reported_for.clone().unwrap_or(own)
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
