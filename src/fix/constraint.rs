//! Changes of constraints, and new ones, as statements.

use super::covered::{Covering, drop_covered};
use super::followers::constraint_will_fit;
use super::foreign_key::foreign_key;
use super::step::{Attempt, Phase, Site, Step, unless_used};
use crate::facts::{
    Action, AttrNumber, Constraint, ConstraintKind, ForeignKey, Index, Predicate, Relation, RelationKind, Use, UseKind,
};
use crate::rule::{ConstraintEdit, NewKey};
use crate::sql::{literal, quote, quote_list};

/// The statements that change a constraint.
pub fn change(constraint: &Constraint, edit: &ConstraintEdit, site: &Site<'_>) -> Attempt {
    let (alter, name) = (site.alter(), quote(&constraint.name));
    match edit {
        ConstraintEdit::Name => {
            let checked = site.after.constraint(constraint.oid).unwrap_or(constraint);
            let new = site.names.rename_constraint(site.relation, checked);
            if site.is_typed() {
                return Err(format!(
                    "Add constraint {name} again as {}. A table of a type cannot rename it.",
                    quote(&new)
                ));
            }
            if !constraint_will_fit(checked, &new, site) {
                return Err(format!("Choose a name for constraint {name} of table {} that fits.", site.name()));
            }
            if new == constraint.name {
                return Err(why_it_remains(checked, &name));
            }
            Ok(Step::new(Phase::PartNames, format!("{alter} RENAME CONSTRAINT {name} TO {};", quote(&new))))
        }
        ConstraintEdit::OnDelete(allowed) => set_on_delete(constraint, allowed, site),
        ConstraintEdit::Validate => {
            let step = Step::new(Phase::Constraints, format!("{alter} VALIDATE CONSTRAINT {name};"));
            Ok(step.caution_if(site.may_have_rows(), "fails if a row violates the constraint"))
        }
        ConstraintEdit::Drop => drop(constraint, site),
    }
}

/// What a person has to do about a constraint whose name, which is quoted already, is the one that it should have.
fn why_it_remains(constraint: &Constraint, name: &str) -> String {
    match constraint.name_origin.is_made_up() {
        true => {
            format!("Write the name {name}, which PostgreSQL made up, into the statement that makes the constraint.")
        }
        false => format!("Leave the name {name}: it fits once the table or the column is renamed."),
    }
}

/// Drops a constraint.
pub fn drop(constraint: &Constraint, site: &Site<'_>) -> Attempt {
    let change = format!("Drop {} {} of table {}", constraint.kind.noun(), quote(&constraint.name), site.name());
    if constraint.inherited {
        return Err(format!("{change}. It is inherited from the table's parent."));
    }
    let mut uses = site.catalog().constraint_uses(constraint.oid);
    if constraint.kind.has_index() {
        uses.extend(index_uses_but_constraint(constraint.index, site));
    }
    unless_used(&change, &uses)?;
    let step = Step::new(Phase::Drops, format!("{} DROP CONSTRAINT {};", site.alter(), quote(&constraint.name)));
    let index = if constraint.kind.has_index() { constraint.index } else { 0 };
    Ok(step
        .caution_if(constraint.kind.has_index(), "drops a constraint with its index")
        .dropping([constraint.oid, index]))
}

/// What relies on an index, apart from the constraint that it backs.
pub fn index_uses_but_constraint(index: u32, site: &Site<'_>) -> Vec<Use> {
    let uses = site.catalog().index_uses(index);
    uses.into_iter().filter(|each| each.kind != UseKind::Constraint).collect()
}

/// The first of these ON DELETE actions that can work for a key.
pub fn choose_action(constraint: &Constraint, allowed: &[Action], relation: &Relation) -> Option<Action> {
    let column = |number: &AttrNumber| relation.column(*number);
    let mut columns = constraint.columns.iter().filter_map(column);
    let is_in_primary_key =
        |number: &AttrNumber| relation.primary_key().is_some_and(|key| key.columns.contains(number));
    let can_be_null =
        columns.clone().all(|column| !column.not_null && !column.generated && !is_in_primary_key(&column.number));
    let can_be_default =
        columns.all(|column| !column.generated && !column.identity && (column.has_default || !column.not_null));
    Action::ALL.into_iter().filter(|action| allowed.contains(action)).find(|action| match action {
        Action::SetNull => can_be_null,
        Action::SetDefault => can_be_default,
        _ => true,
    })
}

/// A foreign key with another ON DELETE action.
pub fn with_action(key: &ForeignKey, on_delete: Action) -> ForeignKey {
    ForeignKey { on_delete, on_delete_columns: Vec::new(), ..key.clone() }
}

/// What a person has to do where no allowed action works for a key.
pub fn choose_by_hand(constraint: &Constraint, allowed: &[Action], site: &Site<'_>) -> String {
    let words: Vec<&str> = allowed.iter().map(|action| action.sql()).collect();
    let name = quote(&constraint.name);
    format!(
        "Choose an ON DELETE action for foreign key {name} of table {}. Its columns cannot be set to NULL, which {} \
         would do.",
        site.name(),
        words.join(" or ")
    )
}

fn set_on_delete(constraint: &Constraint, allowed: &[Action], site: &Site<'_>) -> Attempt {
    let Some(key) = &constraint.foreign_key else { return Err(String::new()) };
    let Some(action) = choose_action(constraint, allowed, site.relation) else {
        return Err(choose_by_hand(constraint, allowed, site));
    };
    let definition = foreign_key(&constraint.name, constraint, &with_action(key, action), site.relation, site);
    let statement = format!("{} DROP CONSTRAINT {}, ADD {definition};", site.alter(), quote(&constraint.name));
    let mut step = Step::new(Phase::Constraints, statement);
    // The new key has no comment of its own.
    if let Some(comment) = site.catalog().constraint_comment(constraint.oid) {
        let on = format!("{} ON {}", quote(&constraint.name), site.name());
        step.statements.push(format!("COMMENT ON CONSTRAINT {on} IS {};", literal(&comment)));
    }
    Ok(step.caution_if(true, &chooses(action, key)))
}

/// The caution of a fix that chooses an action.
pub fn chooses(action: Action, key: &ForeignKey) -> String {
    let is_early = action == Action::Restrict && key.initially_deferred;
    let at_once = if is_early { ", which is not deferred" } else { "" };
    format!("chooses ON DELETE {}{at_once}", action.sql())
}

/// Adds a primary key or a unique constraint.
pub fn add_key(new: &NewKey, site: &Site<'_>) -> Attempt {
    let relation = site.relation;
    let own = |name: &String| relation.columns.iter().find(|column| column.name == *name);
    if new.kind == ConstraintKind::PrimaryKey {
        for column in new.columns.iter().filter_map(own).filter(|column| !column.not_null) {
            if site.catalog().holds_null(relation.oid, column.number) == Some(true) {
                let columns = quote_list(&new.columns);
                let column = quote(&column.name);
                return Err(format!("Add a primary key over {columns} to table {}. {column} holds NULL.", site.name()));
            }
        }
    }
    let (alter, name) = (site.alter(), quote(&key_name(new, site)));
    let taken = new.index.and_then(|oid| find_takeable(oid, site));
    let definition = match taken {
        Some(index) => format!("CONSTRAINT {name} {} USING INDEX {}", kind_sql(new.kind), quote(&index.name)),
        None => define_key(&name, new),
    };
    let step = Step::new(Phase::Constraints, format!("{alter} ADD {definition};"));
    // An index that is taken over gets the name of the constraint.
    let step = step.dropping(taken.map(|index| index.oid));
    let Some(numbers) = numbers_of(new, relation) else { return Ok(step) };
    let step = step.caution_if(taken.is_none() && site.may_have_rows(), "fails if values repeat");
    let step = match loss_of_replaced(new.kind, &numbers, site) {
        Some(loss) => step.caution_if(true, &loss),
        None => step,
    };
    let covering = Covering { columns: &numbers, is_unique: true, taken: taken.map(|index| index.oid) };
    drop_covered(covering, site, step).map_err(|index| {
        let (key, table) = (define_key(&name, new), site.name());
        format!("Add {key} to table {table}. It would repeat index {}, which something relies on.", quote(&index.name))
    })
}

/// What is lost of a primary key that becomes a unique constraint over these columns.
fn loss_of_replaced(kind: ConstraintKind, columns: &[AttrNumber], site: &Site<'_>) -> Option<String> {
    let key = site.relation.primary_key().filter(|key| kind == ConstraintKind::Unique && key.columns == columns)?;
    let index = site.relation.indexes.iter().find(|index| index.oid == key.index);
    let has = |test: fn(&Index) -> bool| index.is_some_and(test);
    let parts = [
        (site.catalog().constraint_comment(key.oid).is_some(), "comment"),
        (has(|index| !index.definition.included.is_empty()), "INCLUDE"),
        (has(|index| index.definition.deferrable), "DEFERRABLE"),
    ];
    let lost: Vec<&str> = parts.into_iter().filter_map(|(is_lost, word)| is_lost.then_some(word)).collect();
    (!lost.is_empty()).then(|| format!("loses the old key's {}", lost.join(", ")))
}

/// The columns of a new key, if they are all there already.
pub fn numbers_of(new: &NewKey, relation: &Relation) -> Option<Vec<AttrNumber>> {
    let number = |name: &String| relation.columns.iter().find(|column| column.name == *name).map(|it| it.number);
    new.columns.iter().map(number).collect()
}

/// The name of a new key.
pub fn key_name(new: &NewKey, site: &Site<'_>) -> String {
    site.names.name_constraint(site.relation, new.kind, &new.columns, "")
}

/// `CONSTRAINT pk_t PRIMARY KEY (a)`; the name is quoted already.
pub fn define_key(name: &str, new: &NewKey) -> String {
    format!("CONSTRAINT {name} {} {}", kind_sql(new.kind), quote_list(&new.columns))
}

fn kind_sql(kind: ConstraintKind) -> &'static str {
    if kind == ConstraintKind::PrimaryKey { "PRIMARY KEY" } else { "UNIQUE" }
}

/// The index with this oid, if a key can take it over.
fn find_takeable<'a>(oid: u32, site: &Site<'a>) -> Option<&'a Index> {
    let relation = site.relation;
    let is_usual = |index: &Index| {
        let definition = &index.definition;
        let columns = index.key.iter().filter_map(|number| relation.column((*number)?));
        let of_columns = columns.zip(&definition.operator_classes).zip(&definition.collations);
        of_columns.into_iter().all(|((column, operator_class), collation)| {
            let usual = site.catalog().default_operator_class(column.data_type.oid);
            (*operator_class, *collation) == (usual, column.collation)
        })
    };
    let is_takeable = |index: &&Index| {
        index.oid == oid
            && index.unique
            && index.usable
            && !index.inherited
            && index.predicate == Predicate::None
            && index.definition.orders.iter().all(|order| *order == 0)
            && !index.definition.nulls_not_distinct
            && is_usual(index)
            && relation.constraint_backed_by(index).is_none()
            && relation.kind == RelationKind::Table
    };
    relation.indexes.iter().find(is_takeable)
}

/// Adds a check that bounds the length of a column's strings.
pub fn add_length_check(column: AttrNumber, limit: u32, site: &Site<'_>) -> Attempt {
    let Some(element) = define_length_check(column, limit, site) else { return Err(String::new()) };
    let step = Step::new(Phase::Constraints, format!("{} ADD {element};", site.alter()));
    let step = step.caution_if(true, &format!("chooses a length of {limit}"));
    Ok(step.caution_if(site.may_have_rows(), "fails if a value is longer"))
}

/// `CONSTRAINT ck_t_a_length CHECK (char_length(a) <= 255)`.
pub fn define_length_check(column: AttrNumber, limit: u32, site: &Site<'_>) -> Option<String> {
    let column = site.relation.column(column)?;
    let future = site.names.future_column(site.relation, column);
    let name = site.names.name_constraint(site.relation, ConstraintKind::Check, &[future], "length");
    Some(format!("CONSTRAINT {} CHECK (char_length({}) <= {limit})", quote(&name), quote(&column.name)))
}
