"""The docs site in a real browser, and that its build fails where it must. `make docs` must be able to run."""

import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests/integration/support"))

import browser as browsers  # noqa: E402

# Deprecations are reports about mdBook's own scripts.
HARMLESS = "DeprecationIssue"


@pytest.fixture(scope="session")
def site():
    subprocess.run([ROOT / "site/build.sh"], check=True)
    return ROOT / "target/docs"


@pytest.fixture(scope="session")
def browser():
    browser = browsers.Browser()
    yield browser
    browser.close()


@pytest.fixture
def show(browser, site):
    """Opens a page of the site in a new tab."""

    def show(name, query="", **options):
        page = browsers.Page(browser, **options)
        tabs.append(page)
        return page.open((site / name).as_uri() + query)

    tabs = []
    yield show
    for tab in tabs:
        tab.close()


def names(site):
    return sorted(it.relative_to(site).as_posix() for it in site.rglob("*.html"))


@pytest.mark.parametrize("width", [320, 390, 1024])
def test_no_page_is_wider_than_its_window(show, site, width):
    page = show("index.html", width=width)
    assert len(names(site)) > 50
    for name in names(site):
        page.open((site / name).as_uri())
        assert page.run("document.documentElement.scrollWidth") <= width, name


def test_the_console_stays_empty_and_nothing_is_loaded_from_elsewhere(show, site):
    page = show("index.html")
    for name in ("rules.html", "rules/fk_without_index.html", "examples/shop.md.html", "examples/shop.html"):
        page.open((site / name).as_uri())
    assert len(page.requests) > 20
    assert [it for it in page.complaints if HARMLESS not in str(it)] == []
    assert [it for it in page.requests if not it.startswith(("file:", "data:"))] == []


def test_messages_are_wrapped(show):
    page = show("index.html", width=390)
    blocks = "Array.from(document.querySelectorAll('pre > code.message'))"
    assert page.run(f"{blocks}.length") >= 3
    assert page.run(f"{blocks}.every((it) => it.textContent.includes(':  '))")
    assert page.run(f"{blocks}.filter((it) => it.scrollWidth > it.clientWidth).length") == 0


def test_broad_tables_are_scrolled(show):
    page = show("rules.html", width=390)
    wrapper = "document.querySelector('.table-wrapper')"
    assert page.run(f"{wrapper}.scrollWidth > {wrapper}.clientWidth")
    assert page.run(f"getComputedStyle({wrapper}).overflowX") == "auto"


def test_rules_lie_below_their_page_in_the_list_of_pages(show):
    page = show("rules.html")
    listed = "document.querySelectorAll('#mdbook-sidebar a[href*=\"rules/\"]')"
    visible = page.run(f"Array.from({listed}).filter((it) => it.checkVisibility()).length")
    assert visible == len(list((ROOT / "docs/rules").glob("*.md")))
    page = show("settings.html")
    assert page.run(f"Array.from({listed}).filter((it) => it.checkVisibility()).length") == 0


@pytest.mark.parametrize(
    "words, title",
    [
        ("fk_without_index", "Rules » fk_without_index » fk_without_index"),
        ("timestamp_without_time_zone", "Rules » timestamp_without_time_zone » timestamp_without_time_zone"),
        ("guardrail.journal_keep", "Settings » All settings"),
        ("journal_keep", "Settings » All settings"),
        ("fk_index_ignored_columns", "Settings » All settings"),
    ],
)
def test_search(show, words, title):
    page = show("index.html", query=f"?search={words}")
    found = page.run("""(async () => {
        for (let tries = 0; tries < 100; tries += 1) {
            const links = document.querySelectorAll("#mdbook-searchresults a");
            if (links.length) return Array.from(links, (it) => it.textContent);
            await new Promise((done) => setTimeout(done, 50));
        }
    })()""")
    assert title in found[:2]


@pytest.mark.parametrize("broken", ["rules.html#nothing", "nothing.html"])
def test_the_check_of_links_finds_a_broken_one(site, tmp_path, broken):
    copy = tmp_path / "docs"
    shutil.copytree(site, copy)
    page = copy / "index.html"
    page.write_text(page.read_text().replace('href="rules.html"', f'href="{broken}"', 1))
    checker = ROOT / "target/docs-tools/bin/hyperlink"
    result = subprocess.run([checker, "--check-anchors", copy], capture_output=True, text=True)
    assert result.returncode != 0
    assert broken.partition("#")[0] in result.stdout + result.stderr


def test_a_page_that_is_not_listed_stops_the_build(tmp_path, site):
    for name in ("docs", "site"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "docs/lost.md").write_text("# Lost\n")
    command = [ROOT / "target/docs-tools/bin/mdbook", "build", tmp_path / "site"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode != 0
    assert "error: docs/lost.md: neither docs/SUMMARY.md" in result.stderr
    assert not (tmp_path / "target/docs/index.html").exists()
