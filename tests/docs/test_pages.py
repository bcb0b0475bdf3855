"""The pages tell the truth: their snippets run and print what is shown, and their links lead somewhere."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MADE = {"_build", "gallery", "generated"}
PAGES = sorted(
    path
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    if MADE.isdisjoint(path.relative_to(ROOT).parts)
)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def session(text):
    """The page's prompts and outputs, all else blank, so that line numbers stay."""
    shown, inside = [], False
    for line in text.splitlines():
        inside = line == "```pycon" or (inside and line != "```")
        shown.append(line if inside and line != "```pycon" else "")
    return "\n".join(shown) + "\n"


def with_language(language):
    return [page for page in PAGES if blocks(page.read_text(encoding="utf-8"), language)]


@pytest.mark.slow
@pytest.mark.parametrize("page", with_language("pycon"), ids=name_of)
def test_snippets_print_what_is_shown(page):
    text = page.read_text(encoding="utf-8")
    test = doctest.DocTestParser().get_doctest(session(text), {}, name_of(page), str(page), 0)
    report = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    runner.run(test, out=report.append, clear_globs=False)
    assert "".join(report) == ""
    # Scripts of the same page go on with its names.
    for script in blocks(text, "python"):
        exec(script, test.globs)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files(page):
    targets = re.findall(r"\]\(([^):#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    written = [target for target in targets if "gallery/" not in target]
    assert [target for target in written if not (page.parent / target).exists()] == []


def test_links_to_the_gallery_lead_to_examples():
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    linked = set(re.findall(r"gallery/(plot_\w+)\.rst", text))
    assert linked and linked <= {path.stem for path in (ROOT / "examples").glob("plot_*.py")}
