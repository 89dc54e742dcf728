"""How the demo shows what it does, and what it checks."""

import re
import shutil
import textwrap

import psycopg

WIDTH = min(100, shutil.get_terminal_size((100, 24)).columns)

failed_checks = 0


def check(holds: bool, claim: str) -> None:
    global failed_checks
    failed_checks += not holds
    print(f"  [{'ok' if holds else 'NOT SO'}] {claim}")


def heading(text: str) -> None:
    print(f"\n{text}\n{'=' * min(len(text), WIDTH)}")


def prose(text: str) -> None:
    print(textwrap.fill(" ".join(text.split()), width=WIDTH) + "\n")


def show_message(error: psycopg.Error) -> None:
    message = error.diag
    parts = {
        message.severity: message.message_primary,
        "DETAIL": message.message_detail,
        "HINT": message.message_hint,
    }
    for label, text in parts.items():
        if text:
            print(f"{label}:  {text}")


def rules_of(error: psycopg.Error) -> list[str]:
    """The rules that the DETAIL names: at its end for a single violation, else at the start of each line."""
    detail = error.diag.message_detail or ""
    return re.findall(r"Rule: (\w+) \(", detail) or re.findall(r"^(\w+): ", detail, re.MULTILINE)


def count_failed() -> int:
    """How many checks have failed so far."""
    return failed_checks
