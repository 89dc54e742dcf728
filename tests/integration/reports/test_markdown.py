"""Markdown: whatever names hold, a reader of CommonMark sees a list of violations and nothing of its own making."""

import re
from collections import Counter

import given
from markdown_it import MarkdownIt

# As GitHub reads it, tables and struck text besides.
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OWN_HTML = re.compile(r"\s*(?:<details><summary>Reason(?: and fix)?</summary>|</details>)\s*")
OWN_TOKENS = {
    "heading_open", "heading_close", "paragraph_open", "paragraph_close", "bullet_list_open", "bullet_list_close",
    "list_item_open", "list_item_close", "html_block", "fence", "inline", "table_open", "table_close", "thead_open",
    "thead_close", "tbody_open", "tbody_close", "tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close",
}  # fmt: skip
# What GitHub would make something of outside of code.
LINKED = re.compile(r"[@#<>\[\]|~*`]|://|www\.|\bGH-|:\w+:|\b[0-9a-f]{7,}\b|[^\x20-\x7e]")


class Read:
    """A report as a reader sees it."""

    def __init__(self, text):
        assert len(text) <= 60_000
        tokens = READER.parse(text)
        assert {token.type for token in tokens} <= OWN_TOKENS
        self.headings, self.items, self.fences, self.plain, self.paragraphs = [], [], [], [], []
        opened = Counter()
        for at, token in enumerate(tokens):
            if token.type == "html_block":
                assert OWN_HTML.fullmatch(token.content), token.content
                opened[token.content.strip()[:2]] += 1
            elif token.type == "fence":
                assert token.info == "sql"
                self.fences.append(token.content)
            elif token.type == "inline":
                self.read_inline(tokens[at - 1].type, tokens[at - 2].type, token)
        assert opened["<d"] == opened["</"] == len(self.items)

    def read_inline(self, parent, grandparent, token):
        allowed = {"text", "code_inline", "strong_open", "strong_close"}
        assert {child.type for child in token.children} <= allowed, token.content
        for child in token.children:
            if child.type == "text":
                assert not LINKED.search(child.content), child.content
        seen = "".join(child.content for child in token.children)
        if parent == "heading_open":
            self.headings.append(seen)
        elif grandparent == "list_item_open":
            self.items.append(seen)
        else:
            self.paragraphs.append(seen)


def on_one_line(text):
    """A text with escapes in the place of what would end a line or turn its direction."""
    odd = "[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
    known = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return re.sub(odd, lambda found: known.get(found[0], f"\\u{{{ord(found[0]):x}}}"), text)


def test_a_database_with_hostile_names(guard):
    read = Read(given.report(given.prepare(guard), "markdown"))
    count = len(given.NAMES)
    assert read.headings[0] == f"pg_guardrail: {count} open violations"
    assert "Also 1 frozen and 1 exempt, which are not listed." in read.paragraphs[0]
    assert sorted(read.headings[1:]) == sorted(f"public.{on_one_line(name)}" for name in given.NAMES)
    assert len(read.items) == len(read.fences) == count
    for item in read.items:
        assert item.startswith("error timestamp_without_time_zone: ")
        assert item.rstrip('"').endswith("is of type timestamp without time zone")
    assert all(fence.startswith("ALTER TABLE public.") for fence in read.fences)


def test_the_fix_can_be_copied_and_run(guard):
    session = given.prepare(guard)
    for fence in Read(given.report(session, "markdown")).fences:
        session.run(fence)
    assert Read(given.report(session, "markdown")).headings == ["pg_guardrail: no open violations"]


def test_hostile_texts(guard):
    entries = list(given.hostile())
    read = Read(given.render(guard.session, "markdown", entries))
    assert len(read.items) == len(entries)
    for text, item in zip(given.TEXTS, read.items, strict=True):
        seen = on_one_line(text)
        # Names stand without their quotation marks, and a reader shortens blanks at the ends.
        assert seen.replace('"', "").strip() in item.replace('"', ""), text
    fixes = [text.replace("\r\n", "\n").replace("\r", "\n") + "\n" for text in given.TEXTS if text]
    assert read.fences == fixes


def test_the_reason_of_every_rule_is_prose(guard):
    rules = guard.session.rows("SELECT id, reason FROM guardrail.rules")
    entries = [given.entry(rule=rule, reason=reason, fix_caution="drops an index") for rule, reason in rules]
    text = given.render(guard.session, "markdown", entries)
    read = Read(text)
    assert len(read.items) == len(rules)
    assert read.paragraphs.count("Caution: drops an index.") == len(rules)
    for rule, reason in rules:
        assert reason.replace('"', "") in read.paragraphs, rule
        assert f"\n  {reason.split()[0]} " in text, rule


def test_no_violation(guard):
    read = Read(given.report(guard.session, "markdown"))
    assert read.headings == ["pg_guardrail: no open violations"]
    assert read.items == []
    others = given.render(guard.session, "markdown", [given.entry(status="frozen"), given.entry(status="exempt")])
    read = Read(others)
    assert (read.headings, read.items) == (["pg_guardrail: no open violations"], [])
    assert "| error | `fk_without_index` | 0 | 1 | 1 |" in others


def test_files_and_lines(guard):
    entries = [
        given.entry(file="db/a.sql", line=7),
        given.entry(file="db/a.sql", line=9, fix="", certain=False),
        given.entry(),
    ]
    read = Read(given.render(guard.session, "markdown", entries))
    assert read.headings[1:] == ["db/a.sql", "public.orders"]
    assert read.paragraphs[0] == "Preset core."
    message = "foreign key fk_orders_customer of table public.orders has no index"
    assert read.items == [
        f"error line 7, fk_without_index: {message}",
        f"error line 9, fk_without_index: {message} (not certain)",
        f"error fk_without_index: {message}",
    ]


def test_many(guard):
    text = given.render(guard.session, "markdown", given.many())
    read = Read(text)
    assert read.headings[0] == "pg_guardrail: 10000 open violations"
    assert "| warning | `fk_without_index` | 3333 | 0 | 0 |" in text
    assert len(read.items) > 100
    assert all(item.startswith("error ") for item in read.items), "a lesser one has taken the place of an error"
    left_out = 10_000 - len(read.items)
    assert read.paragraphs[-1] == f"{left_out} more are not shown here; the formats text and html list all."
