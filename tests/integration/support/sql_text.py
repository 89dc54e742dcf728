"""Takes the text of SQL apart: at commas, newlines and semicolons that stand outside of names, strings and brackets."""

import re

TOKEN = re.compile(
    r"""
    (?:U&)?"(?:[^"]|"")*"               # a quoted name, which may have escapes
    | [eE]'(?:[^'\\]|\\.|'')*'          # a string with escapes
    | '(?:[^']|'')*'                    # a string
    | --[^\n]*                          # comments
    | /\*.*?\*/
    | [\w$]+                            # words and numbers
    | \n
    | [^\S\n]+
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
DEPTH = {"(": 1, "[": 1, ")": -1, "]": -1}


def split(text, separator):
    """Splits a text at a token, wherever that is outside of brackets, and drops empty parts."""
    parts, depth = [""], 0
    for token in TOKEN.findall(text):
        depth += DEPTH.get(token, 0)
        if token == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += token
    return [part.strip() for part in parts if part.strip()]


def words(text):
    """The tokens of a text without white space and comments."""
    return [token for token in TOKEN.findall(text) if token.strip() and not token.startswith(("--", "/*"))]


def find_brackets(text):
    """What stands before the first bracket, within it and behind it; `None` if there is none."""
    before, within, depth = "", "", 0
    tokens = TOKEN.findall(text)
    for position, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth == 0 and token == ")":
            return before, within[1:], "".join(tokens[position + 1 :])
        if depth == 0:
            before += token
        else:
            within += token
    return None


def as_name(token):
    """The name that PostgreSQL reads in a token."""
    if token.startswith("U&"):
        return re.sub(r"\\(\\|[0-9A-F]{4})", read_escape, as_name(token[2:]))
    return token[1:-1].replace('""', '"') if token.startswith('"') else token.lower()


def read_escape(escape):
    return "\\" if escape[1] == "\\" else chr(int(escape[1], 16))


def is_quoted(token):
    return token.endswith('"')
