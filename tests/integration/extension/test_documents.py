"""README.md and docs/: what is shown there runs, and writes what is shown; links and contents are right.

With BLESS=1 the outputs are written into the documents; read the difference then.
"""

import os
import re

import documents
import pytest
from server import ROOT

HERE = ROOT / "tests" / "integration" / "extension"
LEGACY = (HERE / "legacy.sql").read_text()
README = ROOT / "README.md"
PAGES = [README, *(ROOT / "docs" / f"{name}.md" for name in ("audit", "exemptions", "fixes", "journal", "operations", "reports"))]
DOCUMENTS = [*PAGES, *(path for path in sorted((ROOT / "docs").glob("*.md")) if path not in PAGES)]
FOR_CONTRIBUTORS = [ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]

WALK = "Adopting it on an existing database"
CHAPTERS = {str(chapter): chapter for page in PAGES for chapter in documents.chapters(page)}
ROLES = ("lead", "deploy", "replicator")
MODE = "LOAD 'pg_guardrail'; ALTER DATABASE shop SET guardrail.mode = 'enforce'"
EXTENSION = f"CREATE EXTENSION pg_guardrail; SET guardrail.mode = off; {LEGACY}; {MODE}"
CUSTOMERS = "CREATE TABLE customers (id bigint CONSTRAINT pk_customers PRIMARY KEY)"
# What is there before a chapter begins; the other chapters begin as the walk ends.
PREPARED = {"README.md: pg_guardrail": f"{CUSTOMERS}; CREATE EXTENSION pg_guardrail; {MODE}", f"README.md: {WALK}": LEGACY}


@pytest.fixture
def shop(late_cluster):
    """Makes the database `shop` and the roles that the documents name. Returns the cluster."""
    cluster = late_cluster
    with cluster.connect("postgres") as admin:
        for role in ROLES:
            admin.execute(f"CREATE ROLE {role}")
        admin.execute("CREATE DATABASE shop")
    yield cluster
    for dbname in ("shop", "shop_ci"):
        cluster.drop_database(dbname)
    with cluster.connect("postgres") as admin:
        for role in ROLES:
            admin.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def run_chapter(cluster, chapter, folder):
    """Runs a chapter. Its outputs must be those that it shows; with BLESS=1 they are written into it."""
    with cluster.connect("shop") as admin:
        admin.execute(PREPARED.get(str(chapter), EXTENSION))
    (folder / "guardrail-baseline.jsonl").touch()
    found = [(block, documents.tidy(documents.run(block, cluster, "shop", folder))) for block in chapter.blocks]
    shown = [(block, output) for block, output in found if block.output is not None]
    if "BLESS" in os.environ:
        documents.write_outputs(chapter.path, [(block.place, output) for block, output in shown])
    else:
        for block, output in shown:
            assert output == block.output, block.code


@pytest.mark.parametrize("name", [name for name in CHAPTERS if not name.endswith(WALK)])
def test_the_code_of_a_chapter_runs(shop, tmp_path, name):
    # Another chapter may have been written anew since the documents were read.
    path = CHAPTERS[name].path
    chapter = next(it for it in documents.chapters(path) if str(it) == name)
    with shop.connect("postgres") as admin:
        version = admin.info.server_version // 10000
    for since in re.findall(r"-- from PostgreSQL (\d+)$", "\n".join(block.code for block in chapter.blocks), re.MULTILINE):
        if version < int(since):
            pytest.skip(f"PostgreSQL {since} and later")
    run_chapter(shop, chapter, tmp_path)


def anchors(path):
    """The anchors that GitHub makes for the headings of a page."""
    text = documents.BLOCK.sub("", path.read_text())
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", [*DOCUMENTS, *FOR_CONTRIBUTORS], ids=lambda path: path.name)
def test_every_link_leads_somewhere(path):
    text = documents.BLOCK.sub("", path.read_text())
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text):
        page = path.parent / target if target else path
        assert page.exists(), target
        if anchor:
            assert anchor in anchors(page), f"{target}#{anchor}"


def test_the_contents_of_the_readme_are_its_chapters():
    text = documents.BLOCK.sub("", README.read_text())
    contents = text[text.index("## Contents") : text.index("More pages:")]
    chapters = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert re.findall(r"\[([^\]]+)\]\(#", contents) == [title for title in chapters if title != "Contents"]


def test_every_page_is_linked_from_the_readme_or_the_other_pages():
    # The list of the docs site has all of them.
    pages = [path for path in DOCUMENTS if path.name != "SUMMARY.md"]
    links = [(path, link) for path in pages for link in re.findall(r"\]\(([^)#]+)", path.read_text())]
    linked = {(path.parent / link).resolve() for path, link in links}
    assert [path.name for path in pages if path != README and path.resolve() not in linked] == []


def test_the_readme_can_be_read_in_one_go():
    assert len(README.read_text().splitlines()) <= 420
