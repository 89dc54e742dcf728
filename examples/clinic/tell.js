/** Prints a message of the server whole, the way psql does. */
export function tell({ severity, message, detail, hint }) {
  console.error(`${severity ?? "ERROR"}:  ${message}`);
  if (detail) console.error(`DETAIL:  ${detail}`);
  if (hint) console.error(`HINT:  ${hint}`);
}
