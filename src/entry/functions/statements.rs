//! The statements of a text.

use super::{Call, Outcome};
use crate::pg::rows::Value;
use crate::pg::statement::script::{self, Statement};
use crate::pg::text;

/// Lists the statements of a text as PostgreSQL splits it, and runs none of them.
pub fn list_statements(call: &Call) -> Outcome {
    let script = call.raw_text_of(0, "script")?;
    call.write_rows(script::split(&script, c"guardrail.list_statements")?, value)
}

fn value(statement: &Statement, column: &str) -> Option<Value> {
    Some(match column {
        "statement" => Value::Int(statement.place.number.into()),
        "line" => Value::Int(statement.place.line.into()),
        "command" => Value::text(statement.tag()),
        "obstacle" => Value::optional(statement.obstacle().map(|(obstacle, _)| obstacle.word())),
        // SAFETY: the pointer is that of a NUL-terminated text, which outlives the call.
        "sql" => Value::Text(unsafe { text::from_server(statement.sql().as_ptr()) }),
        _ => return None,
    })
}
