//! The life of an audit: what is wrong in the database as it is, whoever made it and when.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use crate::facts::{QualifiedName, Relation};
use crate::judge::exemptions::exempts_name;
use crate::judge::{self, AUDIT, FindingGroup, Occasion, RuleFinding};
use crate::pg::guc;
use crate::pg::progress::Progress;
use crate::pg::read::sweep::sweep;
use crate::pg::read::{Reader, frozen, temporary};
use crate::predicates::made_up_names;
use crate::rule::{Catalog, Check, Context, Rule, Status, Target, Violation};
use crate::settings::Settings;
use crate::settings::parse::patterns::Patterns;

/// What an audit looks at: regular expressions for whole names.
pub struct Scope {
    pub schemas: Patterns,
    pub tables: Patterns,
    pub rules: Patterns,
}

impl Scope {
    /// Every table and type, by every rule.
    pub fn everything() -> Self {
        let all = || Patterns::parse(".*").unwrap_or_default();
        Self { schemas: all(), tables: all(), rules: all() }
    }

    fn has_relation(&self, name: &QualifiedName) -> bool {
        self.schemas.matches(&name.schema) && self.tables.matches(&name.name)
    }

    fn has_rule(&self, rule: &Rule) -> bool {
        self.rules.matches(rule.id)
    }
}

/// A violation that the audit has found.
pub struct Audited {
    pub violation: Violation,
    pub status: Status,
}

/// Gives every violation that there is to `each`, relation by relation. Returns the ids of the exemptions that match one.
pub fn audit(scope: &Scope, mut each: impl FnMut(Audited)) -> HashSet<i64> {
    let reader = Reader::for_sweep();
    let mut audit = Audit { settings: guc::in_force(), frozen: None, used_exemptions: HashSet::new(), scope };
    let settings = audit.settings.clone();
    let mut progress = Progress::begin("guardrail.audit()");
    let is_wanted = |name: &QualifiedName| scope.has_relation(name) && !exempts_name(&settings, name);
    sweep(&reader, is_wanted, |relation| {
        audit.check(relation, &reader, &mut each);
        progress.advance();
    });
    audit.used_exemptions
}

/// An audit under way.
struct Audit<'a> {
    settings: Rc<Settings>,
    scope: &'a Scope,
    /// The fingerprints of the baseline, once they have been asked for.
    frozen: Option<HashSet<String>>,
    used_exemptions: HashSet<i64>,
}

impl Audit<'_> {
    /// Finds what is wrong with one relation.
    fn check(&mut self, mut relation: Relation, reader: &Reader, each: &mut impl FnMut(Audited)) {
        made_up_names::guess_name_origins(&mut relation, reader);
        let context = Context { settings: &self.settings.clone(), catalog: reader };
        let relation = temporary::without_what_is_lost(&relation, reader);
        let is_wanted = |rule: &Rule| matches!(rule.check, Check::Relation(_)) && self.scope.has_rule(rule);
        let findings = judge::find_standing(&relation, is_wanted, &context);
        if findings.is_empty() {
            return;
        }
        let mut by_status: BTreeMap<Status, Vec<RuleFinding>> = BTreeMap::new();
        for found in findings {
            by_status.entry(self.status(&found, &relation, reader)).or_default().push(found);
        }
        for (status, findings) in by_status {
            let (before, after) = (Some(relation.clone().into_owned()), relation.clone().into_owned());
            let group = FindingGroup { before, after, findings };
            let occasion = Occasion { subject: AUDIT, is_alone: true };
            for violation in judge::describe(vec![group], occasion, &context) {
                each(Audited { violation, status });
            }
        }
    }

    fn status(&mut self, found: &RuleFinding, relation: &Relation, reader: &Reader) -> Status {
        let exemptions = reader.exemptions();
        let name = found.finding.relation_name(Target::Relation(relation));
        let matching = exemptions.of(found.rule.id, &name, found.finding.object_name());
        let ids: Vec<i64> = matching.map(|exemption| exemption.id).collect();
        let is_exempt = !ids.is_empty();
        self.used_exemptions.extend(ids);
        let frozen = self.frozen.get_or_insert_with(frozen::fingerprints);
        match () {
            () if is_exempt => Status::Exempt,
            () if frozen.contains(&found.fingerprint) => Status::Frozen,
            () => Status::Open,
        }
    }
}
