//! From what several rules want to be different in a relation to the fixes of their violations.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::instead::{Form, Instead};
use super::refused::{as_elements, follows_a_type, is_added, is_unchanged, name_what_to_leave_out};
use super::step::{Attempt, LEAVE_OUT, Phase, Site, Step};
use super::subject::{Subject, gives_new_values, redesigns, renames};
use super::{Names, Room, column, constraint, index, relation};
use crate::facts::{Oid, Relation};
use crate::rule::{ColumnEdit, Context, Edit, Fix, FixApplies, RelationEdit};
use crate::settings::Level;
use crate::sql::{comment, on_one_line, one_line};

/// What a rule wants to be different because of one violation.
pub struct Wish {
    pub level: Level,
    pub edits: Vec<Edit>,
}

/// The change that was checked.
#[derive(Clone, Copy)]
pub struct Change<'a> {
    pub base: Context<'a>,
    pub before: Option<&'a Relation>,
    pub after: &'a Relation,
    /// How the fixes are applied, as far as they can be.
    pub applies: FixApplies,
    /// The statement makes its table from a query.
    pub is_query: bool,
    /// What will be wanted at the commit, so that the names that are given now suit those that are given then.
    pub coming: &'a [Edit],
}

/// The fixes for all wishes of a relation, in their order.
pub fn plan(wishes: &[Wish], change: Change<'_>, names: &Names<'_>, room: &mut Room) -> Vec<Fix> {
    let refused = change.applies == FixApplies::Instead;
    // What is refused leaves the names that were there before.
    let restored = change.before.filter(|_| refused);
    [Some(change.after), restored].into_iter().flatten().for_each(|relation| names.note(relation));
    note_renames(wishes, change, names);
    let existing = restored.unwrap_or(change.after);
    let site = |relation| Site { base: change.base, relation, before: change.before, after: change.after, names };
    // Where the relation will not be there, nothing can be done in place.
    let in_place = InPlace::new(if refused && change.before.is_none() { &[] } else { wishes }, site(existing));
    if !refused {
        let mut fixes: Vec<Fix> = wishes.iter().map(|wish| room.take(|| in_place.fix(wish, change.applies))).collect();
        Fix::share(fixes.iter_mut());
        return fixes;
    }
    let form = match change.before {
        Some(_) => Form::Alter,
        None if change.is_query => Form::Query,
        None => Form::Create,
    };
    let mut by_level: Vec<&Wish> = wishes.iter().collect();
    by_level.sort_by_key(|wish| std::cmp::Reverse(wish.level));
    let is_merged = |wish: &Wish, edit: &Edit| wish.level == Level::Error || !redesigns(edit);
    let edits = by_level.iter().flat_map(|wish| wish.edits.iter().filter(|edit| is_merged(wish, edit)));
    let instead = Instead::new(edits, form, site(change.after));
    let fix = |wish: &Wish| {
        change.base.catalog.check_for_interrupts();
        if wish.level != Level::Error && wish.edits.iter().any(redesigns) {
            return Fix::by_hand("This is not why the statement is refused. Change it once the statement has passed.");
        }
        if wish.edits.iter().any(|edit| follows_a_type(edit, change)) {
            return Fix::by_hand("It follows a type that the statement changes. Fix it there.");
        }
        if wish.edits.iter().all(|edit| is_unchanged(edit, change)) {
            return in_place.fix(wish, FixApplies::InPlace);
        }
        let attempts = wish.edits.iter().map(|edit| match is_added(edit, change) {
            true => Rc::new(instead.write(edit)),
            false => Rc::new(in_place.attempt(edit).as_ref().clone().map(|step| as_elements(step, &site(existing)))),
        });
        let fix = combine(&attempts.collect::<Vec<_>>(), FixApplies::Instead);
        name_what_to_leave_out(fix, wish, &site(change.after))
    };
    // Where there is no room for all, it is for those that refuse the statement.
    let mut fixes = vec![Fix::default(); wishes.len()];
    let mut order: Vec<usize> = (0..wishes.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(wishes[*at].level));
    for at in order {
        fixes[at] = room.take(|| fix(&wishes[at]));
    }
    fixes
}

/// Chooses the new names of the relation and its columns first: those of constraints and indexes follow them. The names of
/// columns that are added are taken.
fn note_renames(wishes: &[Wish], change: Change<'_>, names: &Names<'_>) {
    let refused = change.applies == FixApplies::Instead;
    let is_made = |wish: &&Wish| !refused || wish.level == Level::Error;
    let edits = || {
        let edits = wishes.iter().filter(is_made).flat_map(|wish| &wish.edits);
        edits.chain(change.coming)
    };
    for edit in wishes.iter().flat_map(|wish| &wish.edits).chain(change.coming) {
        note_new_columns(change.after.oid, edit, names);
    }
    if edits().any(|edit| *edit == Edit::Relation(RelationEdit::Name)) {
        names.rename_relation(change.after);
    }
    for edit in edits() {
        if let Edit::Column(number, ColumnEdit::Name) = edit
            && let Some(column) = change.after.column(*number)
        {
            names.rename_column(change.after, column);
        }
    }
}

fn note_new_columns(relation: Oid, edit: &Edit, names: &Names<'_>) {
    match edit {
        Edit::AddColumn(new) => names.note_new_column(relation, &new.name),
        Edit::Elsewhere(other, edit) => note_new_columns(*other, edit, names),
        Edit::OneOf(edits) => edits.iter().for_each(|edit| note_new_columns(relation, edit, names)),
        _ => {}
    }
}

/// The statements for all edits of a relation as it is. Of edits that are about the same, that of the highest level that
/// can be made is made; what is to be dropped is not changed.
struct InPlace<'a> {
    site: Site<'a>,
    attempts: HashMap<Subject, Rc<Attempt>>,
    /// Of several edits that would do, the position of the one that is made.
    choices: HashMap<Subject, usize>,
}

impl<'a> InPlace<'a> {
    fn new(wishes: &[Wish], site: Site<'a>) -> Self {
        let mut new = Self { site, attempts: HashMap::new(), choices: HashMap::new() };
        let mut by_level: Vec<&Wish> = wishes.iter().collect();
        by_level.sort_by_key(|wish| std::cmp::Reverse(wish.level));
        let mut edits: Vec<&Edit> = by_level.iter().flat_map(|wish| &wish.edits).collect();
        // What is renamed along with a table or a column must not be dropped by then.
        // What has new values is not converted.
        // A key may do for an index.
        let is_index = |edit: &Edit| matches!(edit, Edit::AddIndex(_));
        edits.sort_by_key(|edit| (renames(edit), is_index(edit), !gives_new_values(edit)));
        for edit in edits {
            site.base.catalog.check_for_interrupts();
            let subject = Subject::of(edit);
            let is_made = new.attempts.get(&subject).is_some_and(|attempt| attempt.is_ok());
            if subject == Subject::Other || is_made {
                continue;
            }
            let attempt = new.find_key_instead(edit, &by_level).unwrap_or_else(|| new.make(edit));
            if attempt.is_ok() || !new.attempts.contains_key(&subject) {
                new.attempts.insert(subject, attempt);
            }
        }
        new
    }

    /// What adds a key that begins with the columns of a new index, so that the index is not needed. It must be wanted no
    /// less than the index is, and be made with everything that belongs to it.
    fn find_key_instead(&self, edit: &Edit, wishes: &[&Wish]) -> Option<Rc<Attempt>> {
        let Edit::AddIndex(index) = edit else { return None };
        let level = wishes.iter().find(|wish| wish.edits.contains(edit)).map(|wish| wish.level);
        let wishes = wishes.iter().filter(|wish| Some(wish.level) >= level);
        let mut keys = wishes.flat_map(|wish| wish.edits.iter().map(move |edit| (wish, edit)));
        let is_covering = |edit: &Edit| matches!(edit, Edit::AddKey(key) if index::is_covered(index, key, &self.site));
        let is_made = |wish: &Wish| wish.edits.iter().all(|edit| self.attempt(edit).is_ok());
        keys.find(|(wish, edit)| is_covering(edit) && is_made(wish)).map(|(_, edit)| self.attempt(edit))
    }

    /// Makes an edit, and takes note of what it drops.
    fn make(&mut self, edit: &Edit) -> Rc<Attempt> {
        if let Edit::OneOf(edits) = edit {
            let subject = Subject::of(edit);
            let mut first = None;
            for (at, alternative) in edits.iter().enumerate() {
                let attempt = self.make(alternative);
                if attempt.is_ok() {
                    self.choices.insert(subject, at);
                    return attempt;
                }
                first.get_or_insert(attempt);
            }
            return first.unwrap_or_else(|| Rc::new(Err(String::new())));
        }
        let attempt = Rc::new(write(edit, &self.site));
        for dropped in attempt.iter().flat_map(|step| &step.drops) {
            self.site.names.note_drop(self.site.relation, *dropped);
        }
        attempt
    }

    /// The statements of one edit.
    fn attempt(&self, edit: &Edit) -> Rc<Attempt> {
        let own = || Rc::new(write(edit, &self.site));
        if Subject::of(edit) == Subject::Other {
            return own();
        }
        // To convert the column does not do.
        if let Some(failed) = gives_new_values(edit).then(own).filter(|own| own.is_err()) {
            return failed;
        }
        self.attempts.get(&Subject::of(edit)).cloned().unwrap_or_else(|| Rc::new(Err(String::new())))
    }

    /// The edit that is made.
    fn choose<'e>(&self, edit: &'e Edit) -> &'e Edit {
        match edit {
            Edit::OneOf(edits) => {
                let at = self.choices.get(&Subject::of(edit)).copied().unwrap_or(0);
                edits.get(at).unwrap_or(edit)
            }
            _ => edit,
        }
    }

    fn fix(&self, wish: &Wish, applies: FixApplies) -> Fix {
        let attempts: Vec<_> = wish.edits.iter().map(|edit| self.attempt(edit)).collect();
        let fix = combine(&attempts, applies);
        let changed = wish.edits.iter().filter_map(|edit| part_of(self.choose(edit)));
        Fix { parts: changed.chain(fix.drops.iter().copied()).collect(), ..fix }
    }
}

/// The constraint or index that an edit changes or drops.
fn part_of(edit: &Edit) -> Option<Oid> {
    match edit {
        Edit::Constraint(oid, _) | Edit::Index(oid, _) => Some(*oid),
        _ => None,
    }
}

/// The statements of one edit of a relation as it is.
pub fn write(edit: &Edit, site: &Site<'_>) -> Attempt {
    let relation = site.relation;
    let gone = || Err("What the violation is about is not there any more.".to_owned());
    match edit {
        Edit::Column(number, edit) => relation.column(*number).map_or_else(gone, |it| column::change(it, edit, site)),
        Edit::Constraint(oid, edit) => {
            relation.constraint(*oid).map_or_else(gone, |it| constraint::change(it, edit, site))
        }
        Edit::Index(oid, edit) => {
            let found = relation.indexes.iter().chain(&site.after.indexes).find(|index| index.oid == *oid);
            found.map_or_else(gone, |it| index::change(it, edit, site))
        }
        Edit::Relation(edit) => relation::change(edit, site),
        Edit::Elsewhere(oid, edit) => match site.base.catalog.relation(*oid) {
            Some(other) => write(edit, &Site { relation: &other, before: Some(&other), after: &other, ..*site }),
            None => gone(),
        },
        Edit::AddColumn(new) => column::add(new, site),
        Edit::AddKey(new) => constraint::add_key(new, site),
        Edit::AddLengthCheck { column, limit } => constraint::add_length_check(*column, *limit, site),
        Edit::AddIndex(new) => index::add(new, site),
        Edit::OneOf(edits) => edits.first().map_or_else(gone, |edit| write(edit, site)),
        Edit::KeepUnderAnotherName(_) => {
            Err("ROLLBACK keeps it, where it is not too late; a backup brings it back.".to_owned())
        }
        Edit::DoTheRest(_) => Ok(Step::default()),
        Edit::ByHand(text) => Err(text.clone()),
    }
}

/// Stands where nothing better can be said.
const NO_PROPOSAL: &str = "There is no SQL that can be proposed.";

/// One fix of several steps. Where one of them is for a person to do, the fix is.
fn combine(attempts: &[Rc<Attempt>], applies: FixApplies) -> Fix {
    let failures: Vec<&str> =
        attempts.iter().filter_map(|attempt| attempt.as_ref().as_ref().err()).map(String::as_str).collect();
    let mut steps: Vec<&Step> = attempts.iter().filter_map(|attempt| attempt.as_ref().as_ref().ok()).collect();
    if !failures.is_empty() || steps.iter().all(|step| step.statements.is_empty()) {
        let failures = if failures.is_empty() { vec![LEAVE_OUT] } else { failures };
        let lines: Vec<String> = failures
            .iter()
            .map(|text| comment(&on_one_line(if text.is_empty() { NO_PROPOSAL } else { text })))
            .collect();
        return Fix { phase: Phase::ByHand, lines, ..Fix::default() };
    }
    // Names come last, within a fix as well.
    steps.sort_by_key(|step| step.phase.max(Phase::PartNames));
    let (mut lines, mut cautions) = (Vec::new(), BTreeSet::new());
    for statement in steps.iter().flat_map(|step| &step.statements).map(|statement| one_line(statement)) {
        if !lines.contains(&statement) {
            lines.push(statement);
        }
    }
    cautions.extend(steps.iter().flat_map(|step| &step.cautions).cloned());
    let caution = (!cautions.is_empty()).then(|| cautions.into_iter().collect::<Vec<_>>().join("; "));
    let phase = match applies {
        FixApplies::Instead => Phase::default(),
        _ => steps.iter().map(|step| step.phase).max().unwrap_or_default(),
    };
    let drops = steps.iter().flat_map(|step| &step.drops).copied().collect();
    Fix { applies, phase, caution, lines, drops, ..Fix::default() }
}
