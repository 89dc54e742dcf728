//! The journal: what was let through, written to a table in the transaction that it is about.

use std::cell::Cell;

use serde::Serialize;

use super::judgement::Judged;
use crate::judge::{Exempt, Occasion};
use crate::pg::backend;
use crate::pg::guc;
use crate::pg::own_tables::{Parameter, write_as_owner};
use crate::rule::{Violation, fault};
use crate::settings::shared::JOURNAL_KEEP;

/// A violation, as the journal and the server's log have it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    pub rule: &'static str,
    pub level: &'static str,
    pub object_kind: &'static str,
    /// The table or type; `None` for what is about none.
    pub schema_name: Option<String>,
    pub table_name: Option<String>,
    pub object_name: Option<String>,
    pub fingerprint: String,
    pub message: String,
    /// `guardrail.exemptions.id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exemption: Option<i64>,
}

impl Row {
    pub fn of(violation: &Violation) -> Self {
        let relation = violation.relation_or_that_of_statement();
        Self {
            rule: violation.rule,
            level: violation.level.word(),
            object_kind: violation.object_kind,
            schema_name: relation.map(|relation| relation.schema.clone()),
            table_name: relation.map(|relation| relation.name.clone()),
            object_name: violation.part().map(str::to_owned),
            fingerprint: violation.fingerprint.clone(),
            message: violation.message.clone(),
            exemption: None,
        }
    }

    fn of_exempt(exempt: &Exempt) -> Self {
        Self { exemption: Some(exempt.exemption), ..Self::of(&exempt.violation) }
    }

    /// Whether it is that of something exempt.
    pub fn is_about(&self, exempt: &Exempt) -> bool {
        let violation = &exempt.violation;
        self.exemption.is_some() && (self.rule, &self.message) == (violation.rule, &violation.message)
    }
}

/// The rows for everything that was let through.
pub fn rows(judged: &Judged) -> Vec<Row> {
    judged.violations.iter().map(Row::of).chain(judged.exempt.iter().map(Row::of_exempt)).collect()
}

/// How many rows are written by one statement.
const BATCH: usize = 1000;

const INSERT: &str = "INSERT INTO guardrail.journal (session_user_name, current_user_name, application_name, tag, rule, level, \
    object_kind, schema_name, table_name, object_name, fingerprint, message, exemption) \
    SELECT $2, $3, $4, $5, r.rule, r.level, r.object_kind, r.schema_name, r.table_name, r.object_name, r.fingerprint, \
    r.message, r.exemption \
    FROM pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) AS r(rule pg_catalog.text, level pg_catalog.text, \
    object_kind pg_catalog.text, schema_name pg_catalog.text, table_name pg_catalog.text, object_name pg_catalog.text, \
    fingerprint pg_catalog.text, message pg_catalog.text, exemption pg_catalog.int8)";

/// Writes rows to the journal, unless nothing can be written now: on a standby, or in a read-only transaction.
pub fn write(rows: &[Row], occasion: Occasion<'_>) {
    if rows.is_empty() || !backend::can_write() {
        return;
    }
    let Some(_writing) = Writing::begin() else { return };
    fault::point("the journal");
    let Origin { session_user, current_user, application_name, tag } = Origin::of(occasion);
    for batch in rows.chunks(BATCH) {
        let json = serde_json::to_string(batch).expect("texts can be written as JSON");
        let texts = [&json, &session_user, &current_user, &application_name, &tag];
        write_as_owner(c"journal", INSERT, &texts.map(|text| Parameter::Text(Some(text))));
    }
}

/// The journal is being written to. What a trigger on it does at that moment is not written as well: that would never end.
struct Writing;

thread_local!(static IS_BEING_WRITTEN: Cell<bool> = const { Cell::new(false) });

impl Writing {
    fn begin() -> Option<Self> {
        (!IS_BEING_WRITTEN.replace(true)).then_some(Self)
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        IS_BEING_WRITTEN.set(false);
    }
}

/// Who does what.
#[derive(Serialize)]
pub struct Origin {
    pub session_user: String,
    pub current_user: String,
    pub application_name: String,
    pub tag: String,
}

impl Origin {
    pub fn of(occasion: Occasion<'_>) -> Self {
        Self {
            session_user: backend::session_role(),
            current_user: backend::current_role(),
            application_name: backend::application_name(),
            tag: if occasion.is_commit() { "COMMIT" } else { occasion.subject }.to_owned(),
        }
    }
}

/// Removes what is older than the setting says, and returns how many rows that was. What somebody else is removing at this
/// moment is left to them, so that nobody waits for anybody.
pub fn prune() -> u64 {
    const DELETE: &str = "DELETE FROM guardrail.journal WHERE id OPERATOR(pg_catalog.=) ANY (\
        SELECT j.id FROM guardrail.journal AS j WHERE j.written_at OPERATOR(pg_catalog.<) \
        (pg_catalog.now() OPERATOR(pg_catalog.-) $1::pg_catalog.interval) FOR UPDATE SKIP LOCKED)";
    let settings = guc::in_force();
    let Some(keep) = settings.option(&JOURNAL_KEEP) else { return 0 };
    write_as_owner(c"journal", DELETE, &[Parameter::Text(Some(keep))]).map_or(0, |written| written.rows)
}
