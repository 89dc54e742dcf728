"""The run of the files, and the status."""

import psycopg
import script as scripts
from arguments import BASELINE, Arguments
from findings import Failure, Findings, number
from judge import Failed, Judge
from problem import Problem, at
from progress import Progress
from report import MARKDOWN, describe_level, write
from server import Server
from source import Source
from watch import remarks

CLEAN, VIOLATIONS, FAILED = 0, 1, 2

# How many violations that were not judged are named.
NAMED = 3

UNDEFINED_OBJECT, UNDEFINED_SCHEMA = "42704", "3F000"
TAKEN_FOR_GRANTED = (
    "The database of the check has no roles but postgres, and nothing but what the files make.\n"
    "What they take for granted belongs in a file that sorts first."
)


def run(arguments: Arguments, sources: list[Source]) -> int:
    server = Server(arguments)
    findings = Findings(server.import_baseline())
    progress = Progress(len(sources))
    judged, failure = judge_all(server, sources, findings, progress)
    progress.clear()
    if exemptions := server.watch.count_exemptions():
        progress.say(f"What the files exempt is not reported: {number(exemptions, 'row')} in guardrail.exemptions.")
    if failure is None and (unjudged := server.watch.find_unjudged(findings.found)):
        progress.say(describe_unjudged(unjudged))
    if failure is None:
        status = VIOLATIONS if arguments.format != BASELINE and findings.fail(arguments) else CLEAN
    else:
        status = FAILED
    if status == FAILED and arguments.format == BASELINE:
        progress.say("No baseline is written, as it would not be whole.")
    else:
        try:
            lines = server.render(arguments.format, findings, failure)
            summary_lines = server.render(MARKDOWN, findings, failure) if arguments.summary else []
        except psycopg.Error as error:
            raise Problem(f"FORMAT={arguments.format}: the report cannot be made: {error}") from None
        write(lines, summary_lines, arguments)
    progress.say(summary(arguments, findings, judged, len(sources), status))
    return status


def judge_all(
    server: Server, sources: list[Source], findings: Findings, progress: Progress
) -> tuple[int, Failure | None]:
    """Judges the files in their order, until one fails. Returns how many were judged, and what has failed."""
    for judged, source in enumerate(sources):
        progress.show(judged + 1, source.name)
        try:
            judge(server, source, findings, progress)
        except (Problem, psycopg.OperationalError) as problem:
            told = problem if isinstance(problem, Problem) else Problem(f"{source.name}: {problem}")
            progress.say(str(told))
            message = told.message
            if rest := len(sources) - judged - 1:
                are = "is" if rest == 1 else "are"
                progress.say(f"The rest is not judged: {number(rest, 'file')} after it {are} left.")
                message += f"; {number(rest, 'file')} after it {are} left"
            return judged, Failure(source.name, f"{message}.")
    return len(sources), None


def judge(server: Server, source: Source, findings: Findings, progress: Progress) -> None:
    """Judges a file in a session of its own."""
    with server.connect() as connection:
        script = scripts.read(connection, source)
        for statement, reason in script.not_run:
            progress.say(f"{at(source.name, statement.line)}: {statement.command} is not run: {reason}")
        for remark in remarks(source, script.statements):
            progress.say(remark)
        judge = Judge(connection, server.sequences, lambda remark: progress.say(f"{source.name}: {remark}"))
        found = []
        try:
            for violation in judge.judge(script):
                found.append(violation)
        except Failed as failed:
            raise failure(source, failed) from None
        finally:
            for violation in sorted(found, key=lambda violation: violation.line):
                findings.add(source.name, violation)
        server.watch.look(source, connection)


def failure(source: Source, failed: Failed) -> Problem:
    """The message of the server about a statement that failed."""
    diag = failed.error.diag
    message = f"{at(source.name, failed.line)}: {diag.message_primary or failed.error}"
    return Problem(message, diag.message_hint or hint(diag), diag.message_detail or "")


def hint(diag: psycopg.errors.Diagnostic) -> str:
    """What to do about failures that are due to the check, and not to the file."""
    # A role, an extension or a type.
    return TAKEN_FOR_GRANTED if diag.sqlstate in (UNDEFINED_OBJECT, UNDEFINED_SCHEMA) else ""


def describe_unjudged(messages: list[str]) -> str:
    rows = [f"       {message}" for message in messages[:NAMED]]
    if len(messages) > NAMED:
        rows.append(f"       and {len(messages) - NAMED} more")
    head = "In the end the database violates rules where no statement was judged to; something in the files hides it:"
    return "\n".join([head, *rows])


def summary(arguments: Arguments, findings: Findings, judged: int, total: int, status: int) -> str:
    files = number(total, "file") if judged == total else f"{judged} of {number(total, 'file')}"
    why = {CLEAN: "", VIOLATIONS: f" ({describe_level(arguments)} is open)", FAILED: " (not all files were judged)"}
    is_written = arguments.out and (status != FAILED or arguments.format != BASELINE)
    report = f" Report: {arguments.out}." if is_written else ""
    found = findings.describe()
    return f"Judged {files} under preset {arguments.preset}: {found}.{report} Status {status}{why[status]}."
