"""JUnit's XML, as two readers of test results and two readers of XML take it."""

import io
import itertools
import re
import xml.etree.ElementTree

import given
import junitparser
import lxml.etree

# What readers agree on: which elements there are, in which order, and what they need.
RULES = b"""
<grammar xmlns="http://relaxng.org/ns/structure/1.0" datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
  <start>
    <element name="testsuites"><ref name="head"/><zeroOrMore><ref name="suite"/></zeroOrMore></element>
  </start>
  <define name="suite">
    <element name="testsuite">
      <ref name="head"/>
      <element name="properties">
        <zeroOrMore><element name="property"><attribute name="name"/><attribute name="value"/></element></zeroOrMore>
      </element>
      <oneOrMore><ref name="case"/></oneOrMore>
    </element>
  </define>
  <define name="case">
    <element name="testcase">
      <attribute name="classname"/><attribute name="name"/><attribute name="time"/>
      <optional><attribute name="file"/></optional>
      <optional><attribute name="line"><data type="positiveInteger"/></attribute></optional>
      <choice>
        <empty/>
        <element name="skipped"><attribute name="message"/></element>
        <element name="failure"><attribute name="type"/><attribute name="message"/><text/></element>
        <element name="error"><attribute name="type"/><attribute name="message"/></element>
      </choice>
    </element>
  </define>
  <define name="head">
    <attribute name="name"/><attribute name="time"/>
    <attribute name="tests"><data type="nonNegativeInteger"/></attribute>
    <attribute name="failures"><data type="nonNegativeInteger"/></attribute>
    <attribute name="errors"><data type="nonNegativeInteger"/></attribute>
    <attribute name="skipped"><data type="nonNegativeInteger"/></attribute>
  </define>
</grammar>
"""


def check(text):
    """Reads a report with every reader and compares its numbers with its cases. Returns the root."""
    assert text.isascii()
    lxml.etree.RelaxNG(lxml.etree.fromstring(RULES)).assertValid(lxml.etree.fromstring(text.encode()))
    root = xml.etree.ElementTree.fromstring(text)
    parsed = junitparser.JUnitXml.fromroot(junitparser.junitparser.etree.parse(io.BytesIO(text.encode())).getroot())
    counted = []
    for suite in root:
        cases = suite.findall("testcase")
        numbers = [len(cases), *(len(suite.findall(f"testcase/{kind}")) for kind in ("failure", "error", "skipped"))]
        assert [int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")] == numbers
        counted.append(numbers)
    assert [[suite.tests, suite.failures, suite.errors, suite.skipped] for suite in parsed] == counted
    totals = [sum(numbers) for numbers in zip(*counted, strict=True)] or [0, 0, 0, 0]
    assert [int(root.get(name)) for name in ("tests", "failures", "errors", "skipped")] == totals
    return root


def cases(root, kind):
    return [case for case in root.iter("testcase") if case.find(kind) is not None]


def without_forbidden(text):
    return re.sub("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)


def test_a_database_with_hostile_names(guard):
    root = check(given.report(given.prepare(guard), "junit"))
    (suite,) = root
    assert suite.get("name") == "timestamp_without_time_zone"
    failed = cases(root, "failure")
    # GitLab and Jenkins show the class, and not the name of the suite.
    assert {case.get("classname") for case in root.iter("testcase")} == {suite.get("name")}
    assert len({case.get("name") for case in failed}) == len(given.NAMES)
    for case in failed:
        failure = case.find("failure")
        assert failure.get("type") == "error"
        assert failure.get("message") == case.get("name")
        assert "ALTER TABLE" in failure.text
        assert "Rule: timestamp_without_time_zone (error)." in failure.text
    skipped = cases(root, "skipped")
    assert sorted(case.find("skipped").get("message") for case in skipped) == ["exempt", "frozen"]
    for case in skipped:
        assert f'"public.{case.find("skipped").get("message")}"' in case.get("name")


def test_a_clean_rule_has_a_case_that_passes(guard):
    root = check(given.report(guard.check_only("fk_without_index", "inexact_money").session, "junit"))
    assert [[(case.get("classname"), case.get("name")) for case in suite.iter("testcase")] for suite in root] == [
        [("fk_without_index", "no violations")],
        [("inexact_money", "no violations")],
    ]


def test_what_kept_a_report_from_being_whole(guard):
    for why in given.TEXTS:
        root = check(given.render(guard.session, "junit", [], None, why))
        if why.strip():
            (error,) = cases(root, "error")
            assert not set(error.find("error").get("message")) & set("\n\r\t")


def test_no_rule_in_force(guard):
    assert len(check(given.report(guard.check_only().session, "junit"))) == 0


def test_hostile_texts(guard):
    root = check(given.render(guard.session, "junit", given.hostile()))
    failed = cases(root, "failure")
    assert len(failed) == len(given.TEXTS)
    for case, text in zip(failed, given.TEXTS, strict=True):
        message = without_forbidden(text)
        assert case.find("failure").get("message") == message
        assert case.get("file", message) == message
        assert case.get("classname") == "fk_without_index"
        # Between tags, a reader takes every line break for LF unless it is written as a reference.
        assert message in case.find("failure").text


def test_files_lines_and_rules_that_are_not_in_force(guard):
    entries = [given.entry(file="db/a.sql", line=7), given.entry(file="db/b.sql", rule="misnamed_table", certain=False)]
    root = check(given.render(guard.check_only("fk_without_index").session, "junit", entries))
    first, second = cases(root, "failure")
    assert [suite.get("name") for suite in root] == ["fk_without_index", "misnamed_table"]
    assert (first.get("file"), first.get("line")) == ("db/a.sql", "7")
    assert first.get("name").endswith("has no index (db/a.sql:7)")
    assert (second.get("file"), second.get("line")) == ("db/b.sql", None)
    assert "not certain" in second.find("failure").text


def test_many(guard):
    statuses = itertools.cycle(["open", "open", "frozen", "open", "exempt"])
    entries = [one | {"status": next(statuses)} for one in given.many()]
    root = check(given.render(guard.session, "junit", entries))
    assert (len(cases(root, "failure")), len(cases(root, "skipped"))) == (6_000, 4_000)


def test_more_cases_of_a_database_than_are_kept_in_memory(guard):
    guard.check_only("timestamp_without_time_zone")
    columns = ", ".join(f"column_{number} timestamp" for number in range(150))
    guard.prepare(*(f"CREATE TABLE wide_{number} ({columns})" for number in range(4)))
    text = given.report(guard.session, "junit")
    assert len(text) > 4 * 64 * 1024
    assert len(cases(check(text), "failure")) == 600
