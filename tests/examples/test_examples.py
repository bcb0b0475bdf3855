"""The quickstart does what it says, the other examples run, and the pages tell the truth."""

import re
import runpy
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import sklearn.datasets

from examples import quickstart
from skspectral.solvers import Status

ROOT = Path(__file__).parents[2]
EPS = np.finfo(float).eps


@pytest.fixture(autouse=True)
def figures_are_closed():
    yield
    plt.close("all")


@pytest.fixture
def flow():
    return quickstart.turbulence(64, n_test=300)


@pytest.fixture
def staged(flow):
    return quickstart.fit(flow, n_modes=[10, 100, "auto"], hidden_layer_sizes=())


def test_flow_between_the_grid_points_is_fitted_to_rounding(flow):
    model = quickstart.fit(flow)
    assert flow.error(model.predict(flow.X_test)) < 1000 * EPS


def test_each_stage_learns_what_is_left(flow, staged):
    errors = [flow.error(p) for p in staged.staged_predict(flow.X_test)]
    assert errors[0] > errors[1] > errors[2]
    assert errors[-1] < 1000 * EPS


def test_table_has_a_line_for_each_stage(flow, staged, capsys):
    quickstart.fit(flow, n_modes=[10, 100, "auto"], hidden_layer_sizes=())
    printed = capsys.readouterr().out
    rows = re.findall(r"^ +\d+ +(\d+) .* solved$", printed, re.MULTILINE)
    assert [int(modes) for modes in rows] == [len(s.frequencies) for s in staged.stages_]


def test_error_is_one_for_the_mean_and_zero_for_the_truth(flow):
    assert flow.error(np.full_like(flow.y_test, flow.y_test.mean())) == pytest.approx(1.0)
    assert flow.error(flow.y_test) == 0.0


def test_image_is_split_into_seen_and_unseen_pixels():
    image = np.arange(42.0).reshape(6, 7)
    split = quickstart.split_image("image", image)
    np.testing.assert_array_equal(split.y, image[::2, ::2].ravel())
    assert sorted([*split.y, *split.y_test]) == image[:5].ravel().tolist()
    rows, columns = split.X_test.astype(int).T
    np.testing.assert_array_equal(split.y_test, image[rows, columns])
    assert np.all(split.X_test.max(axis=0) <= split.X.max(axis=0))
    np.testing.assert_array_equal(split.shown[1].reshape(split.look["field_shape"]), image[1:5:2, 1:7:2])


def test_linear_interpolation_is_exact_on_a_plane():
    rows, columns = np.indices((9, 12))
    split = quickstart.split_image("plane", 0.3 * rows - 0.2 * columns)
    assert quickstart.linear_interpolation(split) < 10 * EPS


def test_without_the_photograph_a_line_says_so(monkeypatch, tmp_path, capsys):
    def missing(name):
        raise ImportError("no Pillow")

    monkeypatch.setattr(sklearn.datasets, "load_sample_image", missing)
    quickstart.show_photograph(tmp_path)
    assert "no photograph (no Pillow)" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_a_line_says_so(monkeypatch, tmp_path, capsys, flow, staged):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    draw = quickstart.partial(quickstart.StagesDisplay.from_estimator, staged, *flow.shown)
    quickstart.save_picture(tmp_path / "stages.png", draw)
    assert "no stages.png: StagesDisplay needs matplotlib" in capsys.readouterr().out


@pytest.mark.slow
def test_pictures_are_saved(monkeypatch, tmp_path, flow):
    monkeypatch.setattr(quickstart, "turbulence", lambda: flow)
    monkeypatch.setattr(quickstart, "fit", lambda _, **parameters: first_modes(flow))
    quickstart.show_turbulence(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    kinds = {"turbulence_spectrum", "turbulence_stages"}
    assert names == {f"{kind}.{form}" for kind in kinds for form in ("png", "svg")}


def first_modes(problem):
    model = quickstart.SpectralMultistageRegressor(n_stages=1, n_modes=10, hidden_layer_sizes=())
    return model.fit(problem.X, problem.y)


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("plot_*.py")), ids=lambda p: p.stem)
def test_gallery_example_draws_one_figure(path, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    runpy.run_path(str(path))
    assert len(plt.get_fignums()) == 1


@pytest.mark.slow
def test_script_of_the_readme_runs():
    names = run_script("README.md")
    assert -names["search"].best_score_ < 1e-12


def test_script_of_the_first_page_runs():
    names = run_script("docs/index.md")
    exact = np.log(2.1) * np.cos(0.201)
    assert abs(names["model"].predict([[0.1]])[0] - exact) < 100 * EPS


def run_script(page):
    """Names that the page's only script leaves behind."""
    (script,) = re.findall(r"```python\n(.*?)```", read(page), re.DOTALL)
    names = {}
    exec(script, names)
    return names


def test_readme_names_its_commands():
    lines = read("README.md").splitlines()
    constrained = "pip install -c .ci/constraints.txt -e"
    assert f'{constrained} ".[nufft,plot]" && python examples/quickstart.py' in lines
    assert f'{constrained} ".[test]" && pytest' in lines
    assert f'{constrained} ".[docs]" && sphinx-build -W docs docs/_build' in lines


def test_page_of_stop_reasons_is_the_list_of_stop_reasons():
    rows = re.findall(r"^\| `(\w+)` \| [\w, ]+ \| (.+) \|$", read("docs/stop_reasons.md"), re.MULTILINE)
    assert dict(rows) == {status.value: status.sentence for status in Status}


def test_page_of_stop_reasons_names_those_that_warn():
    (names,) = re.findall(r"Where the fit ends with (.*?), a `Conv", read("docs/stop_reasons.md"))
    warned = {status.value for status in Status if status.needs_attention}
    assert set(re.findall(r"`(\w+)`", names)) == warned


def read(page):
    return (ROOT / page).read_text(encoding="utf-8")
