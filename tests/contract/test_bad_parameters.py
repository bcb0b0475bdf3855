"""Bad parameters: an error that names the parameter, raised by fit and before anything changes."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils._param_validation import InvalidParameterError

from contract.cases import ESTIMATORS, LINEAR, NETWORK, samples
from skspectral import MultiGradeRegressor, SpectralMultistageRegressor, TunerRegressor
from skspectral.solvers import LBFGS, LevenbergMarquardt

NOT_COUNTS = [-1, 1.5, "many", None, np.nan]
NOT_NUMBERS = ["much", [], np.nan, np.inf, -1.0, 1j]
BAD = {
    "n_stages": [*NOT_COUNTS, 0, [2]],
    "n_modes": [*NOT_COUNTS, [], (), [5, -1], [5, 2.0], [5, "many"], [None], {5}, np.array([5])],
    "hidden_layer_sizes": [5, "deep", None, (5, 0), (-5,), (5.0,), ("auto",), [None], {5}],
    "solver": ["sgd", None, 3, ..., LevenbergMarquardt],
    "max_iter": [*NOT_COUNTS, 0],
    "max_time": [*NOT_NUMBERS, 0],
    "tol": [*NOT_NUMBERS, 2.0, None],
    "alpha": [*NOT_NUMBERS, None],
    "warm_start": ["yes", 2, None],
    "random_state": ["seed", -1, 1.5],
    "device": ["mps", "tpu", "cuda:99", "", 3, None],
    "verbose": ["loud", -1, None],
}
OWN = {
    SpectralMultistageRegressor: {
        "init": ["zeros", 3, None],
        "readout": ["modes", 3, None],
        "hidden_input": ["y", 3, None],
    },
    MultiGradeRegressor: {
        "n_modes": [[5], [5, 3], ("auto",)],  # later grades see features, not X
        "activation": ["sine", 3, None],
        "init": ["zeros", 3, None],
    },
    TunerRegressor: {
        "bandlimit": [*NOT_NUMBERS, 0, None],
        "bounds": ["fixed", 3, (), (1.0,), (1.0, 0.0), (1.0, -0.6), (1.0, np.nan), (1.0, "low"), [1, 2, 3]],
        "low_fraction": [*NOT_NUMBERS, 1.5, None],
    },
}
# Parameters that are valid alone, and not together.
TOGETHER = [
    ("n_modes", {"n_modes": 0, "n_stages": 1, "hidden_layer_sizes": ()}),
]
OWN_TOGETHER = {
    SpectralMultistageRegressor: [
        ("n_modes", {"n_modes": [5, 0], "hidden_layer_sizes": []}),
        ("init", {"init": "scale", "hidden_layer_sizes": ()}),
        ("init", {"init": "random", "hidden_layer_sizes": ()}),
        ("readout", {"readout": "hidden", "hidden_layer_sizes": ()}),
        ("hidden_input", {"hidden_input": "modes", "n_modes": 0, "hidden_layer_sizes": (4,)}),
    ],
    MultiGradeRegressor: [
        ("hidden_layer_sizes", {"hidden_layer_sizes": (), "n_stages": 2}),
        ("hidden_layer_sizes", {"hidden_layer_sizes": (10**6, 10**6)}),
        ("solver", {"activation": "relu", "solver": "lbfgs"}),
        ("solver", {"activation": "relu", "solver": LBFGS()}),
    ],
    TunerRegressor: [
        ("n_modes", {"n_modes": [5, 0], "hidden_layer_sizes": []}),
        ("n_modes", {"n_modes": 50, "bandlimit": 2.0, "hidden_layer_sizes": (4,)}),
        ("bounds", {"bounds": "learned", "solver": "lm"}),
        ("bounds", {"bounds": "learned", "solver": LevenbergMarquardt()}),
    ],
}

X, Y = samples(n=20, d=1)


def cases(cls):
    """Pairs of a parameter to be named and the parameters to set."""
    for alone in (BAD, OWN[cls]):
        for name, values in alone.items():
            yield from ((name, {name: value}) for value in values)
    yield from [*TOGETHER, *OWN_TOGETHER[cls]]


BAD_CASES = [
    pytest.param(cls, name, parameters, id=f"{cls.__name__}-{parameters}")
    for cls in ESTIMATORS
    for name, parameters in cases(cls)
]


@pytest.fixture(scope="module")
def fitted():
    """One fitted model per class."""
    return {cls: cls(**LINEAR[cls]).fit(X, Y) for cls in ESTIMATORS}


@pytest.mark.parametrize(("cls", "name", "parameters"), BAD_CASES)
def test_fit_names_the_parameter_and_keeps_the_earlier_fit(cls, name, parameters, fitted):
    model = clone(fitted[cls])
    vars(model).update(vars(fitted[cls]))
    expected = model.predict(X)
    model.set_params(**parameters)
    state = dict(vars(model))
    with pytest.raises(ValueError, match=name):
        model.fit(X, Y)
    assert vars(model).keys() == state.keys()
    assert all(vars(model)[key] is value for key, value in state.items())
    model.set_params(**cls().get_params() | LINEAR[cls])
    np.testing.assert_array_equal(model.predict(X), expected)


@pytest.mark.parametrize("cls", ESTIMATORS)
@pytest.mark.parametrize(
    "parameters",
    [{"n_modes": [5, -1]}, {"n_modes": []}, {"hidden_layer_sizes": (0,)}, {"n_stages": 0}],
)
def test_the_error_is_scikit_learns(cls, parameters):
    with pytest.raises(InvalidParameterError):
        cls(**parameters).fit(X, Y)


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_parameters_are_positional_nowhere_and_unknown_ones_are_refused(cls):
    with pytest.raises(TypeError):
        cls(3)
    with pytest.raises(TypeError, match="n_nodes"):
        cls(n_nodes=3)
    with pytest.raises(ValueError, match="n_nodes"):
        cls().set_params(n_nodes=3)


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_the_constructor_checks_nothing_and_fit_changes_no_parameter(cls):
    cls(n_stages=-1)
    model = cls(**{**NETWORK, "hidden_layer_sizes": [4]})
    before = {name: repr(value) for name, value in model.get_params().items()}
    model.fit(X, Y)
    assert {name: repr(value) for name, value in model.get_params().items()} == before


@pytest.mark.parametrize("cls", ESTIMATORS)
@pytest.mark.parametrize(
    "parameters",
    [
        {"n_modes": np.int64(5), "n_stages": np.int32(1)},
        {"n_modes": 5, "n_stages": 1, "hidden_layer_sizes": []},
        {"alpha": 0, "tol": 0, "max_time": 10},
        {"random_state": None, "verbose": False, "device": "cpu"},
    ],
)
def test_legal_parameters_of_unusual_types(cls, parameters):
    model = cls(**{**LINEAR[cls], **parameters}).fit(X, Y)
    assert np.isfinite(model.predict(X)).all()


@pytest.mark.parametrize("n_modes", [(5, "auto"), [np.int64(5)], [3, 4]])
def test_numbers_of_modes_per_stage(n_modes):
    model = SpectralMultistageRegressor(n_modes=n_modes, hidden_layer_sizes=[]).fit(X, Y)
    assert model.n_modes is n_modes
    assert len(model.stages_[0].frequencies) <= n_modes[0]
