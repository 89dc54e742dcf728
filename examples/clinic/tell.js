/** Prints a whole message of the server, as psql does. */
export function tell({ severity, message, detail, hint }) {
  console.error(`${severity ?? "ERROR"}:  ${message}`);
  if (detail) console.error(`DETAIL:  ${detail}`);
  if (hint) console.error(`HINT:  ${hint}`);
}
