"""Settings of the documentation; `sphinx-build -W docs docs/_build` builds it."""

from __future__ import annotations

import re
import sys
import warnings
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent))

import skspectral  # noqa: E402
from benchmarks.published import tables  # noqa: E402

project = "skspectral"
author = "The skspectral developers"
project_copyright = author
version = release = skspectral.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "_templates", "generated/tables", "gallery/*.ipynb"]
templates_path = ["_templates"]

# Markdown
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "amsmath"]
myst_heading_anchors = 3

# Docstrings. The members of a class are our own: what scikit-learn's base classes add is described there.
autosummary_generate = True
numpydoc_show_class_members = False
autodoc_default_options = {
    "exclude-members": "set_fit_request,set_predict_request,set_score_request,set_output,of",
}
autodoc_typehints = "none"
toc_object_entries_show_parents = "hide"

# Equations are MathML: browsers draw it by themselves, so that the site needs no script from elsewhere.
html_math_renderer = "mathml"

# Prompts and outputs are not copied along.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

# The gallery: every examples/plot_*.py is executed, unless -D plot_gallery=0 says otherwise.
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"/plot_",
    "ignore_pattern": r"(__init__|quickstart)\.py",
    "doc_module": ("skspectral",),
    "backreferences_dir": "generated/backreferences",
    "remove_config_comments": True,
    "show_memory": False,
    "image_srcset": ["2x"],  # 200 dpi on screens that show it
    "write_computation_times": False,
    "abort_on_example_error": True,
}
# matplotlib says at every plt.show() of the gallery that there is no window to show.
warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive")

# The look
html_theme = "pydata_sphinx_theme"
html_title = "skspectral"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "skspectral"},
    "header_links_before_dropdown": 8,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": ["theme-version"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"benchmarks": [], "start": []}


def _write_tables(_: Any) -> None:
    """The tables of the page of benchmarks, from the results that are kept in docs/results."""
    tables.write(DOCS / "results", DOCS / "generated" / "tables")


def _inline_equation(writer: Any, node: nodes.math) -> None:
    writer.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def _displayed_equation(writer: Any, node: nodes.math_block) -> None:
    writer.body.append(tex2mathml(node.astext(), as_block=True))
    raise nodes.SkipNode


def _link_pages(_app: Any, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]) -> None:
    """Pages that docstrings name, as `docs/trust.md`, become links."""
    lines[:] = [re.sub(r"docs/([\w/]+)\.md", r":doc:`/\1`", line) for line in lines]


def setup(app: Any) -> None:
    """Draw the tables before Sphinx reads the pages; link pages in docstrings; draw equations."""
    app.connect("builder-inited", _write_tables)
    app.connect("autodoc-process-docstring", _link_pages)
    app.add_html_math_renderer("mathml", (_inline_equation, None), (_displayed_equation, None))
