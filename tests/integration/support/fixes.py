"""The fixes of the violations of a session's last command, and how a program applies each of them."""

import instead
import sql_text

COLUMNS = "rule, fix_applies, fix, fix_caution"


class Fix:
    """The fix of one violation."""

    def __init__(self, rule, applies, text, caution):
        self.rule = rule
        self.applies = applies
        self.text = text
        self.caution = caution

    @property
    def lines(self):
        return sql_text.split(self.text, "\n")

    def __repr__(self):
        return f"<{self.rule}, {self.applies}: {self.text!r} ({self.caution})>"


def read(session):
    return [Fix(*row) for row in session.rows(f"SELECT {COLUMNS} FROM guardrail.last_violations()")]


def distinct(texts):
    return list(dict.fromkeys(texts))


def of_kind(fixes, applies):
    """The texts of the fixes that are applied so, each once: one change may fix several violations."""
    return distinct(fix.text for fix in fixes if fix.applies == applies)


def write_again(fixes, statement):
    """The statements in the place of a refused one, with the fixes in them and around them."""
    lines = distinct(line for fix in fixes if fix.applies == "instead" for line in fix.lines)
    rewritten = instead.rewrite(statement, lines) if lines else [statement]
    before_commit = of_kind(fixes, "same transaction")
    if before_commit:
        rewritten = ["BEGIN", *rewritten, *before_commit, "COMMIT"]
    return of_kind(fixes, "in place") + rewritten


def expect_no_comments(fixes):
    assert fixes
    assert {fix.applies for fix in fixes} <= {"instead", "same transaction", "in place"}, fixes


def expect_told(hint, fixes):
    """A HINT has every line of these fixes."""
    missing = [line for fix in fixes for line in fix.lines if line not in hint]
    assert not missing, f"{missing} is not in {hint!r}"


def is_left_out(fixes):
    """The statement would only have made something wrong that is right as it is."""
    return [(fix.applies, fix.text.startswith("-- Leave out ")) for fix in fixes] == [("by hand", True)]


def refuse(guard, statement):
    """Runs a statement that is refused. Returns its fixes, which the HINT tells as well."""
    message = guard.session.expect_refusal(statement)
    if guard.session.transaction_status() == "INERROR":
        guard.session.run("ROLLBACK")
    found = read(guard.session)
    expect_told(message.hint, found)
    return found


def warn(guard, statement):
    """Runs a statement that is warned about. Returns its fixes, which the HINTs tell as well."""
    guard.session.run(statement)
    messages = guard.session.take_messages()
    found = read(guard.session)
    assert sorted(message.rule for message in messages) == sorted(fix.rule for fix in found), f"{statement}: {messages}"
    expect_told("\n".join(message.hint for message in messages), found)
    return found
