"""Functions that leave: torch programs, ONNX files and formulas against the prediction or the truth."""

import numpy as np
import pandas as pd
import pytest
import sympy
import torch
from sklearn.base import clone

from benchmarks.common.networks import Function, layers, random_weights, stage_of
from contract.cases import NETWORK, fitted_once, rounding, smooth
from skspectral import MultiGradeRegressor, SpectralMultistageRegressor, TunerRegressor

EPS = np.finfo(float).eps


def scattered(n, d):
    return np.random.default_rng(n + d).uniform(-1, 1, (n, d))


def grid(n, d):
    return np.stack(np.meshgrid(*[np.arange(n) / n] * d, indexing="ij"), -1).reshape(-1, d)


def wavy(X):
    return np.exp(np.sin(2 * np.pi * X).sum(1))


def standing(X):
    return np.cos(2 * np.pi * X[:, 0]) * np.sin(2 * np.pi * (X[:, 1] + X[:, 2]))


def tones(X):
    return sum(np.sin(2 * np.pi * f * X[:, 0] + f) for f in (3.3, 17.7, 55.1))


def of_log(X):
    return np.sin(np.log(X[:, 0])) * np.cos(3 * X[:, -1])


LINE, PLANE, DENSE = scattered(60, 1), scattered(80, 2), scattered(200, 2)
SEVERAL = np.column_stack([smooth(PLANE), 3 - PLANE[:, 0] ** 2, 1e3 * PLANE[:, 1]])
LOG = np.stack(np.meshgrid(np.geomspace(1, 1e3, 20), np.linspace(0, 1, 12), indexing="ij"), -1).reshape(
    -1, 2
)
SERIES = SpectralMultistageRegressor(hidden_layer_sizes=())
DEEP = {**NETWORK, "hidden_layer_sizes": (4, 3)}
EVEN_TONES = np.arange(300)[:, None] / 300

# The kind of function, the estimator, and what it is fitted to.
FAST = {
    "mapped cosines of a line": (SERIES, LINE, smooth(LINE)),
    "mapped cosines of a plane": (SERIES, DENSE, smooth(DENSE)),
    "waves of a grid": (SERIES, grid(20, 2), wavy(grid(20, 2))),
    "a process on a grid": (SERIES, grid(8, 2), wavy(grid(8, 2))),
    "waves of a periodic line": (SERIES, grid(40, 1), wavy(grid(40, 1))),
    "polynomials and a logarithmic axis": (SERIES, LOG, of_log(LOG)),
    "modes in stages": (
        SpectralMultistageRegressor(n_stages=2, n_modes=[2, 20], hidden_layer_sizes=()),
        PLANE,
        SEVERAL,
    ),
    "grades": (MultiGradeRegressor(**NETWORK), PLANE, SEVERAL),
    "grades without a network first": (MultiGradeRegressor(n_stages=2, n_modes=2), PLANE, smooth(PLANE)),
    "sines within bounds": (TunerRegressor(**DEEP), PLANE, smooth(PLANE)[:, None]),
    "a constant": (SERIES, PLANE, np.full(80, 3.0)),
    "a process that does not cancel": (SERIES, scattered(60, 2), np.sin(2 * scattered(60, 2).sum(1))),
}
SLOW = {
    "waves in space": (SERIES, grid(7, 3), standing(grid(7, 3))),
    "polynomials in space": (SERIES, grid(9, 3), smooth(grid(9, 3))),
    "a Gaussian process": (SERIES, scattered(60, 3), smooth(scattered(60, 3))),
    "eight inputs": (SERIES, scattered(120, 8), np.exp(scattered(120, 8)[:, 0])),
    "lines": (MultiGradeRegressor(n_stages=1), EVEN_TONES, tones(EVEN_TONES)),
    "dense layers": (SpectralMultistageRegressor(**DEEP), PLANE, smooth(PLANE)),
    "dense layers on modes": (
        SpectralMultistageRegressor(**{**NETWORK, "readout": "hidden", "hidden_input": "modes"}),
        PLANE,
        smooth(PLANE),
    ),
    "kinks": (
        MultiGradeRegressor(**{**NETWORK, "activation": "relu", "solver": "adam", "n_stages": 1}),
        PLANE,
        smooth(PLANE),
    ),
    "targets of 1e200": (SERIES, DENSE, 1e200 * smooth(DENSE)),
}


def cases(*tables):
    return pytest.mark.parametrize(
        "case",
        [
            pytest.param(case, id=name, marks=pytest.mark.slow if table is SLOW else ())
            for table in tables
            for name, case in table.items()
        ],
    )


def some(quick):
    """All cases; those that are not named as quick are slow."""
    return [
        pytest.param(case, id=name, marks=() if name in quick else pytest.mark.slow)
        for name, case in {**FAST, **SLOW}.items()
    ]


def points(X, share=1.0, count=17):
    """Rows within the box of X, or a share of its width."""
    middle, half = (X.max(0) + X.min(0)) / 2, (X.max(0) - X.min(0)) / 2
    return middle + share * half * np.random.default_rng(1).uniform(-1, 1, (count, X.shape[1]))


def assert_as_predicted(found, model, rows, factor=1.0):
    """Assert agreement to the rounding of the terms that are summed, in units of y."""
    expected, unit = model.predict(rows), float(model._units.unit)
    assert found.shape == expected.shape
    assert np.isfinite(found).all()
    bound = factor * (rounding(model) + 10 * EPS)
    np.testing.assert_allclose(found / unit, expected / unit, rtol=0, atol=bound)


@pytest.mark.slow
@pytest.mark.parametrize("case", some(["waves of a grid", "grades", "polynomials and a logarithmic axis"]))
def test_an_exported_program_predicts_any_number_of_rows(case):
    model = fitted_once(*case)
    rows = torch.tensor(points(case[1], 1.05))
    example = (rows[:3],)
    program = torch.export.export(model.to_torch(), example, dynamic_shapes=({0: torch.export.Dim("n")},))
    values = program.module()(rows).detach().numpy()
    np.testing.assert_allclose(values, model.to_torch()(rows).detach().numpy(), rtol=1e-14)
    assert_as_predicted(values, model, rows.numpy())
    numbers = [value for node in program.graph.nodes for value in node.args if isinstance(value, float)]
    assert all(value == np.float32(value) for value in numbers)
    held = [*program.state_dict.values(), *program.constants.values()]
    assert not any(value.is_complex() or value.dtype == torch.float32 for value in held)


@cases(FAST, SLOW)
def test_transforms_of_torch_pass(case):
    model, module = fitted_once(*case), fitted_once(*case).to_torch()
    rows = torch.tensor(points(case[1], 0.9, 4))
    slopes = torch.func.vmap(torch.func.jacrev(module))(rows).detach().numpy()
    expected = model.predict_gradient(rows.numpy())
    size = np.abs(expected).max(initial=0)
    np.testing.assert_allclose(slopes, expected, rtol=0, atol=1e-9 * size)
    first = lambda row: module(row).reshape(-1)[0]  # noqa: E731
    bends = torch.func.vmap(torch.func.hessian(first))(rows).detach()
    twice = torch.stack([torch.autograd.functional.hessian(first, row) for row in rows])
    np.testing.assert_allclose(bends, twice, rtol=0, atol=1e-9 * float(twice.abs().max()))


def test_a_hessian_is_that_of_the_function():
    X = scattered(200, 2)
    module = clone(SERIES).fit(X, np.sin(2 * X.sum(1))).to_torch()
    rows = torch.tensor(points(X, 0.8))
    expected = np.broadcast_to(-4 * np.sin(2 * rows.numpy().sum(1))[:, None, None], (len(rows), 2, 2))
    found = torch.func.vmap(torch.func.hessian(module))(rows).detach()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_one_row_is_a_vector():
    module = fitted_once(*FAST["grades"]).to_torch()
    rows = torch.tensor(points(PLANE))
    np.testing.assert_allclose(module(rows[0]).detach(), module(rows)[0].detach(), rtol=1e-12)


@cases(FAST)
def test_another_state_of_the_same_shapes_is_the_other_function(case):
    """Tables that depend on frequencies and orders change with them."""
    X = case[1]
    one, other = fitted_once(*case).to_torch(), fitted_once(*case).to_torch()
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    other.load_state_dict(one.state_dict())
    assert torch.equal(one(torch.tensor(X)), other(torch.tensor(X)))


def test_waves_of_a_loaded_state_stand_where_it_says():
    """Waves of twice the frequency are those of twice the coordinate."""
    model = fitted_once(*FAST["waves of a periodic line"])
    one, other = model.to_torch(), model.to_torch()
    one.stages[0].affine.data[1:] = 0
    state = one.state_dict()
    other.load_state_dict({**state, "stages.0.frequencies": 2 * state["stages.0.frequencies"]})
    t = torch.linspace(-0.5, 0.5, 17, dtype=torch.float64)[:, None]
    once, twice = (one.center + one.halfwidth * t * factor for factor in (1, 2))
    np.testing.assert_allclose(other(once).detach(), one(twice).detach(), rtol=0, atol=1e-13)


def on_onnx_runtime(model, path, rows):
    runtime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    model.to_onnx(path)
    session = runtime.InferenceSession(path)
    return [session.run(["y"], {"X": part})[0] for part in (rows, rows[:1])]


@pytest.mark.slow
@pytest.mark.parametrize("case", some(["sines within bounds"]))
def test_onnx_runtime_predicts(case, tmp_path, capfd, recwarn):
    model, rows = fitted_once(*case), points(case[1])
    found, first = on_onnx_runtime(model, tmp_path / "model.onnx", rows)
    assert_as_predicted(found, model, rows)
    np.testing.assert_allclose(first, found[:1], rtol=1e-9)
    assert capfd.readouterr() == ("", "")
    assert not list(recwarn)


@pytest.mark.slow
@pytest.mark.parametrize("d", [1, 2, 3])
def test_onnx_runtime_has_thirteen_digits_of_a_smooth_function(d, tmp_path):
    """Weights of Gaussians at the rows left six of two inputs."""
    X = scattered(60, d)
    model = clone(SERIES).fit(X, np.sqrt(1.1 + X[:, 0]) + X[:, -1] ** 2)
    found, _ = on_onnx_runtime(model, tmp_path / "model.onnx", points(X))
    np.testing.assert_allclose(found, model.predict(points(X)), rtol=0, atol=1e-13)


@pytest.mark.slow
def test_onnx_runtime_has_thirteen_digits_of_a_front_on_a_grid(tmp_path):
    """Waves of a longer box, 1e4 times as large as their sum, left nine."""
    X = np.stack(np.meshgrid(*[np.linspace(-1, 1, 60)] * 2, indexing="ij"), -1).reshape(-1, 2)
    model = clone(SERIES).fit(X, np.tanh(8 * X[:, 0] + 2.4 * X[:, 1] ** 2))
    (stage,) = model._weights
    assert not len(stage.series["frequencies"])
    assert np.abs(stage.series["mapped"]).sum() < 10
    found, _ = on_onnx_runtime(model, tmp_path / "model.onnx", points(X))
    np.testing.assert_allclose(found, model.predict(points(X)), rtol=0, atol=1e-13)


@pytest.mark.parametrize("case", [FAST["waves of a grid"], SLOW["waves in space"]], ids=["plane", "space"])
def test_waves_that_do_not_cancel_stay_waves(case):
    assert len(fitted_once(*case)._weights[0].series["frequencies"])


# Activations of the layers of a network and its place in a composition, for each stage.
CANCELLING = {
    "tanh": [(("tanh",), 0)],
    "sines in two layers": [(("sin", "cos"), 0)],
    "pairs, then tanh, in stages": [(("pair",), 0), (("tanh", "tanh"), 0)],
    "grades": [(("sin",), 1), (("sin",), 2)],
}


def cancelling(shapes, inputs=2, width=20):
    """Units with weights of 1e6, beside a plane and waves."""
    rng, stages, handed = np.random.default_rng(4), [], inputs
    for activations, grade in shapes:
        network = layers(handed if grade > 1 else inputs, [width] * len(activations), activations)
        handed = network.n_features
        series = {
            "affine": rng.normal(size=(1 + inputs, 2)),
            "frequencies": rng.normal(size=(3, inputs)),
            "cosine": rng.normal(size=(3, 2)),
            "sine": rng.normal(size=(3, 2)),
        }
        theta = random_weights(network, rng)
        readout = 1e6 * rng.normal(size=(network.n_features, 2))
        stages.append(stage_of(network, theta, readout, inputs, grade, **series))
    return Function(stages, inputs, 2)


@pytest.mark.slow
@pytest.mark.parametrize("shapes", CANCELLING.values(), ids=CANCELLING)
def test_networks_that_cancel_predict_alike_everywhere(shapes):
    """Nearly all rows agree to the last bit; by the libraries' own functions most would differ."""
    pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    function = cancelling(shapes)
    rows = scattered(3000, 2)
    predict = function.prepared
    expected = predict(torch.tensor(rows)).numpy()
    for other in (
        function.by_runtime(rows),
        function.exported(torch.tensor(rows)).detach().numpy(),
        np.concatenate([predict(torch.tensor(part)).numpy() for part in np.array_split(rows, 700)]),
    ):
        assert (other == expected).mean() > 0.99
    as_trained = function.fitted(torch.tensor(rows)).detach().numpy()
    np.testing.assert_allclose(as_trained, expected, rtol=0, atol=1e-8 * len(shapes))


def evaluated(expressions, names, rows):
    """Long sums in pieces: Python compiles them term within term."""
    symbols = [sympy.Symbol(name) for name in names]

    def values(expression):
        terms = sympy.Add.make_args(expression)
        pieces = [sympy.Add(*terms[i : i + 200]) for i in range(0, len(terms), 200)]
        return sum(np.broadcast_to(sympy.lambdify(symbols, piece)(*rows.T), len(rows)) for piece in pieces)

    return np.stack([values(expression) for expression in expressions], -1)


@cases(FAST, SLOW)
def test_a_formula_has_the_values_of_the_prediction(case):
    model, rows = fitted_once(*case), points(case[1])
    formula = model.to_sympy()
    expressions = formula if isinstance(formula, list) else [formula]
    assert isinstance(formula, list) == (case[2].ndim == 2)
    found = evaluated(expressions, [f"x{i}" for i in range(rows.shape[1])], rows)
    phase = 1 + 2 * np.pi * max((np.abs(s.frequencies).max(initial=0) for s in model.stages_), default=0)
    assert_as_predicted(found.reshape(model.predict(rows).shape), model, rows, factor=10 * phase)


def test_a_formula_has_the_strongest_terms_in_the_units_and_names_of_the_user():
    years = 2000 + np.arange(80) / 4
    y = 5 + 3 * np.cos(2 * np.pi * years / 4) + 0.1 * np.cos(2 * np.pi * years / 10)
    model = clone(SERIES).fit(pd.DataFrame({"year": years}), y)
    formula = model.to_sympy(max_terms=1)
    assert formula.free_symbols == {sympy.Symbol("year")}
    found = evaluated([formula], ["year"], years[:, None])[:, 0]
    np.testing.assert_allclose(found, 5 + 3 * np.cos(2 * np.pi * years / 4), rtol=0, atol=1e-9)
    assert model.to_sympy(max_terms=0).n(9, chop=1e-9) == pytest.approx(5)
    assert "\\cos" in sympy.latex(formula)


@pytest.mark.parametrize("count", [-1, 1.5, "all", True])
def test_a_count_of_terms_is_a_count(count):
    with pytest.raises(ValueError, match="max_terms"):
        fitted_once(*FAST["a constant"]).to_sympy(max_terms=count)
