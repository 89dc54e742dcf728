//! Statements inside of REFRESH MATERIALIZED VIEW. PostgreSQL does not collect what they do, so it is guessed from what was
//! noted while they ran. Their objects count as changed in every way that is possible.

use super::frames::Frame;
use crate::facts::{Constraint, NameOrigin, Oid, Relation};
use crate::pg::read::Reader;
use crate::pg::scan::CatalogColumn;
use crate::pg::scan::schema::{PgClass, PgInherits, PgType};
use crate::pg::statement::collected::{CollectedCommand, Effect};
use crate::predicates::made_up_names::guess_name_origins;

/// What the statement may have done.
pub fn guess_commands(frame: &Frame) -> Vec<CollectedCommand> {
    let guess = |(catalog, object): &(Oid, Oid)| CollectedCommand {
        catalog: *catalog,
        object: *object,
        effect: match *catalog {
            PgType::CATALOG => Effect::ChangesType,
            PgClass::CATALOG => Effect::ChangesRowType,
            _ => Effect::Other,
        },
        changes_children: true,
        changes_attributes: true,
        leaves_to_children: true,
        changes_dependencies: true,
        renames: *catalog == PgClass::CATALOG,
        ..CollectedCommand::default()
    };
    let owns = |(catalog, object): &(Oid, Oid)| CollectedCommand {
        catalog: *catalog,
        object: *object,
        effect: Effect::ChangesOwningColumn,
        ..CollectedCommand::default()
    };
    let noted = || frame.noted.iter().filter(|(catalog, _)| *catalog != PgInherits::CATALOG);
    let sequences = noted().filter(|(catalog, _)| *catalog == PgClass::CATALOG).map(owns);
    let comments = frame.commented.iter().map(guess);
    noted().map(guess).chain(sequences).chain(comments).collect()
}

/// Guesses which of the new constraints were given no name: they have the names that PostgreSQL makes up, and the statement
/// does not write these.
pub fn guess_names(after: &mut Relation, before: Option<&Relation>, frame: &Frame, now: &Reader) {
    guess_name_origins(after, now);
    let is_given = |constraint: &Constraint| {
        frame.written_names.iter().any(|(kind, name)| *kind == constraint.kind && *name == constraint.name)
    };
    for constraint in &mut after.constraints {
        if before.is_some_and(|before| before.constraint(constraint.oid).is_some()) {
            constraint.name_origin = NameOrigin::Unknown;
        } else if is_given(constraint) {
            constraint.name_origin = NameOrigin::Given;
        }
    }
}
