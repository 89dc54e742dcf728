"""The pages as the docs site shows them: what site/pages.py makes of the book that docs/SUMMARY.md lists.

`make docs` builds the site, and checks the links of the result; tests/site/ looks at it.
"""

import importlib.util
import io
import json
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
REPOSITORY = "https://example.org/OWNER/pg_guardrail"
SPEC = importlib.util.spec_from_file_location("site_pages", ROOT / "site" / "pages.py")
site_pages = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(site_pages)


def read_book(root):
    """The chapters of docs/SUMMARY.md, as mdBook hands them over."""
    docs = root / "docs"
    summary = (docs / "SUMMARY.md").read_text()
    items = []
    for indent, name, path in re.findall(r"^( *)(?:- )?\[(.+)\]\((.+)\)$", summary, re.MULTILINE):
        chapter = {"name": name, "content": (docs / path).read_text(), "number": [len(items)], "sub_items": [],
                   "path": path, "source_path": path, "parent_names": []}  # fmt: skip
        siblings = items[-1]["Chapter"]["sub_items"] if indent else items
        siblings.append({"Chapter": chapter})
    return [*items, "Separator", {"PartTitle": "a part"}]


def build(root, repository=""):
    """The chapters of the site by their place in it."""
    items = read_book(root)
    site_pages.Site(items, root, repository).render()
    return {chapter["path"]: chapter for chapter in site_pages.chapters(items)}


@pytest.fixture
def project(tmp_path):
    """Writes files of a small project, beside those that every one has, and returns its folder."""

    def write(**files):
        files = {
            "README.md": "# pg_guardrail\n",
            "docs/SUMMARY.md": "[Start](../README.md)\n- [Rules](rules.md)\n- [More](more.md)\n",
            "docs/rules.md": "| rule |\n| --- |\n| [`second`](rules/second.md) |\n| [`first`](rules/first.md) |\n",
            "docs/rules/first.md": "# first\n",
            "docs/rules/second.md": "# second\n",
            "docs/more.md": "# More\n",
            "src/lib.rs": "",
        } | files
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return tmp_path

    return write


def test_the_pages_of_this_project():
    site = build(ROOT)
    below_rules = [it["Chapter"] for it in site["rules.md"]["sub_items"]]
    assert {it["name"] for it in below_rules} == {it.stem for it in (ROOT / "docs/rules").glob("*.md")}
    assert site["index.md"]["content"].startswith("# pg_guardrail\n")
    # None of them links out of the site.
    prose = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
    links = [it for page in site.values() for it in re.findall(r"\]\(([^)\s]+)\)", prose.sub("", page["content"]))]
    assert len(links) > 100
    assert [it for it in links if "README" in it or it.startswith(("../src", "../../"))] == []


def test_the_titles_of_the_summary_are_those_of_the_pages():
    for path, chapter in build(ROOT).items():
        title = re.match("# (.+)\n", chapter["content"])
        if title and path not in ("index.md", "CHANGELOG.md"):
            assert chapter["name"] == title[1], path


def test_rules_come_in_the_order_of_their_table(project):
    rules = build(project())["rules.md"]
    found = [(it["Chapter"]["name"], it["Chapter"]["number"], it["Chapter"]["path"]) for it in rules["sub_items"]]
    assert found == [("second", [1, 1], "rules/second.md"), ("first", [1, 2], "rules/first.md")]


def test_a_page_that_is_not_listed(project):
    root = project(**{"docs/lost.md": "", "docs/rules/third.md": ""})
    with pytest.raises(site_pages.Fault, match=r"^docs/lost\.md, docs/rules/third\.md: neither .* lists it$"):
        build(root)


def test_a_rule_without_a_page(project):
    root = project()
    (root / "docs/rules/first.md").unlink()
    with pytest.raises(site_pages.Fault, match=r"^docs/rules\.md lists rules/first\.md, which does not exist$"):
        build(root)


@pytest.mark.parametrize("target", ["nothing.md", "nothing.md#part", "../src/nothing.rs", "../../elsewhere"])
def test_a_link_to_nothing(project, target):
    root = project(**{"docs/more.md": f"[a link]({target})"})
    with pytest.raises(site_pages.Fault, match=re.escape(f"docs/more.md links to {target}, which does not exist")):
        build(root)


@pytest.mark.parametrize(
    "page, link, place, shown",
    [
        ("docs/more.md", "../README.md#install", "more.md", "index.md#install"),
        ("docs/rules/first.md", "../../README.md", "rules/first.md", "../index.md"),
        ("docs/rules/first.md", "second.md#why", "rules/first.md", "second.md#why"),
        ("README.md", "docs/rules/first.md#why", "index.md", "rules/first.md#why"),
        ("README.md", "docs/a.txt", "index.md", "a.txt"),
        ("docs/rules/first.md", "../a.txt", "rules/first.md", "../a.txt"),
        ("docs/more.md", "#part", "more.md", "#part"),
        ("docs/more.md", "https://www.postgresql.org/", "more.md", "https://www.postgresql.org/"),
    ],
)
def test_links_inside_of_the_site(project, page, link, place, shown):
    content = build(project(**{"docs/a.txt": "", page: f"See [`this` one]({link})."}))[place]["content"]
    assert content == f"See [`this` one]({shown})."


def test_links_to_other_files_of_the_repository(project):
    root = project(**{"docs/more.md": "See [the `source`](../src) and [the\nlibrary](../src/lib.rs#L1)."})
    assert build(root)["more.md"]["content"] == "See the `source` and the\nlibrary."
    linked = f"See [the `source`]({REPOSITORY}/tree/HEAD/src) and [the\nlibrary]({REPOSITORY}/blob/HEAD/src/lib.rs#L1)."
    assert build(root, f"{REPOSITORY}/")["more.md"]["content"] == linked


def test_the_list_of_pages_is_no_page(project):
    assert build(project(**{"README.md": "[the list](docs/SUMMARY.md)"}))["index.md"]["content"] == "the list"


def test_code_stays_as_it_is(project):
    text = "`[a](b.md)` and ``[`](c.md)``\n\n```sh\n[d](e.md)\n```\n\n* an item\n\n  ~~~\n  [f](g.md)\n  ~~~\n"
    assert build(project(**{"docs/more.md": text}))["more.md"]["content"] == text


def test_a_lone_backtick_hides_no_link(project):
    root = project(**{"docs/more.md": "the key ` alone\n\n[a link](../src) and `code`"})
    assert build(root)["more.md"]["content"] == "the key ` alone\n\na link and `code`"


@pytest.mark.parametrize(
    "block, first",
    [
        ("```\nERROR:  no\nDETAIL:  it is so\n```\n", "```text,message"),
        ("```\npsql:a.sql:1: WARNING:  no\n```\n", "```text,message"),
        ("```\n count\n-------\n     1\n```\n", "```"),
        ("```console\nERROR:  no\n```\n", "```console"),
    ],
)
def test_blocks_with_messages_are_marked(project, block, first):
    content = build(project(**{"docs/more.md": block}))["more.md"]["content"]
    assert content.splitlines() == [first, *block.splitlines()[1:]]


def test_a_page_beside_its_html(project):
    summary = "[Start](../README.md)\n- [Rules](rules.md)\n- [More](more.md)\n  - [Shop](kept/shop.md)\n"
    files = {"docs/SUMMARY.md": summary, "docs/kept/shop.md": "", "docs/kept/shop.html": ""}
    site = build(project(**files, **{"docs/more.md": "[one](kept/shop.md), [other](kept/shop.html)"}))
    assert site["more.md"]["content"] == "[one](kept/shop.md.md), [other](kept/shop.html)"
    assert "kept/shop.md.md" in site


def test_settings_are_found_without_their_prefix(project):
    summary = "[Start](../README.md)\n- [Rules](rules.md)\n- [More](more.md)\n- [Settings](settings.md)\n"
    root = project(**{"docs/SUMMARY.md": summary, "docs/settings.md": "| `guardrail.mode` | `guardrail.off` |"})
    shown = "| `guardrail.mode` <span hidden>mode</span> | `guardrail.off` |"
    assert build(root)["settings.md"]["content"] == shown


def test_as_mdbook_runs_it(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["pages.py"])
    monkeypatch.setenv("REPOSITORY", REPOSITORY)
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps([{"root": "site"}, {"items": read_book(ROOT)}])))
    site_pages.main()
    book = json.loads(capsys.readouterr().out)
    assert f"({REPOSITORY}/tree/HEAD/src/guard)" in json.dumps(book)


def test_the_page_about_reliability_shows_the_runs_that_are_kept():
    command = [sys.executable, "-B", ROOT / "tests" / "reliability" / "render.py", "check"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
