"""Noisy tables: what is compared, and what is printed."""

import json

import numpy as np
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression

from benchmarks.noisy_tables import command


def test_the_mean_explains_nothing_and_a_plane_all_of_a_plane():
    X = np.random.default_rng(0).uniform(-1, 1, (200, 3))
    assert command.unexplained(LinearRegression(), X, X @ [1, 2, 3], 2) < 1e-20
    assert command.unexplained(DummyRegressor(), X, X @ [1, 2, 3], 2) >= 1


def test_the_command_writes_what_it_prints(tmp_path, capsys, monkeypatch):
    X = np.random.default_rng(0).uniform(-1, 1, (60, 2))
    monkeypatch.setitem(command.TABLES, "diabetes", lambda: (X, X @ [1.0, 2.0] + 0.1 * np.sin(9 * X[:, 0])))
    out = tmp_path / "tables.json"
    asked = ["--tables", "diabetes", "--splits", "1", "--ours", "SpectralMultistageRegressor"]
    status = command.main([*asked, "--out", str(out)])
    printed, results = capsys.readouterr().out, json.loads(out.read_text())["results"]
    assert all(f"{one['unexplained']:.4f}" in printed for one in results)
    shares = {one["regressor"]: one["unexplained"] for one in results}
    ours = shares.pop("SpectralMultistageRegressor")
    assert status == (0 if ours <= 1.05 * min(shares.values()) else 1)
