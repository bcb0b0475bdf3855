"""Fits and searches on workers of their own, some of which leave."""

import os
import signal
import threading

import dask.array as da
import joblib
import numpy as np
import pytest
from distributed import Client, LocalCluster
from sklearn.model_selection import GridSearchCV

from skspectral import SpectralMultistageRegressor
from skspectral._backend import blocks
from skspectral._backend.rows import Rows

N, CHUNK = 60_000, 6000


@pytest.fixture(scope="module")
def client():
    """Two workers of one thread each; a nanny starts another one in the place of one that is killed."""
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def rows(rng):
    X = rng.uniform(-1, 2, (N, 1))
    return X, np.exp(X[:, 0]) * np.cos(9 * X[:, 0])


def retire(client):
    client.retire_workers([next(iter(client.scheduler_info()["workers"]))])


def kill(client):
    pids = client.run(os.getpid)
    threading.Timer(0.1, os.kill, (next(iter(pids.values())), signal.SIGKILL)).start()


@pytest.mark.slow
def test_a_fit_ends_with_the_same_bits_where_workers_leave(client, rows, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 2**22)
    X, y = (da.from_array(array, CHUNK) for array in rows)
    passes, whole = iter([lambda _: None, kill, retire]), Rows.map

    def disturbed(self, *args):
        next(passes, lambda _: None)(client)
        return whole(self, *args)

    undisturbed = SpectralMultistageRegressor().fit(X, y)
    monkeypatch.setattr(Rows, "map", disturbed)
    model = SpectralMultistageRegressor().fit(X, y)
    assert next(passes, None) is None  # both have left
    unseen = np.linspace(-0.9, 1.9, 200)[:, None]
    np.testing.assert_array_equal(model.predict(unseen), undisturbed.predict(unseen))
    expected = np.exp(unseen[:, 0]) * np.cos(9 * unseen[:, 0])
    np.testing.assert_allclose(model.predict(unseen), expected, atol=1e-13)
    lazy = model.predict(X)
    np.testing.assert_allclose(lazy.compute(), rows[1], atol=1e-13)


@pytest.mark.slow
def test_a_search_on_workers_finds_what_one_without_them_does(client, rng):
    X = rng.uniform(-1, 1, (200, 1))
    y = np.sin(5 * X[:, 0]) + 0.1 * rng.standard_normal(200)
    search = GridSearchCV(SpectralMultistageRegressor(hidden_layer_sizes=()), {"n_modes": [2, 5]}, cv=3)
    alone = search.fit(X, y).cv_results_["mean_test_score"]
    with joblib.parallel_config("dask"):
        together = search.set_params(n_jobs=-1).fit(X, y).cv_results_["mean_test_score"]
    np.testing.assert_array_equal(alone, together)
