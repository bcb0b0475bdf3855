"""Designs with a known structure, and what is set aside of them."""

import numpy as np
import pytest
import torch

from skspectral._backend.samples import canonical_samples
from skspectral.selection import look_at


def design_of(rows):
    """The design of the canonical rows, and these rows."""
    X = torch.as_tensor(np.asarray(rows, dtype=float))
    weight = torch.ones(len(X), dtype=torch.float64)
    t = canonical_samples(X, X[:, :1], weight)[0].t
    return look_at(t, torch.Generator().manual_seed(0)), t


def mesh(*axes):
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(axes))


def tracks(rng, count=12, each=200):
    """Curves side by side that bend by a tenth of their distance."""
    along = np.sort(rng.uniform(0, 10, (count, each)), 1)
    across = np.linspace(0, 10, count)[:, None] + 0.09 * np.sin(along)
    return np.stack([along, across], -1).reshape(-1, 2)


def planes(rng, heights=5, each=300, jitter=0.0):
    rows = rng.uniform(-1, 1, (heights * each, 3))
    rows[:, 2] = np.repeat(np.arange(heights), each) + jitter * rng.standard_normal(len(rows))
    return rows


def test_random_rows_are_set_aside_one_by_one(rng):
    design, _t = design_of(rng.uniform(-1, 1, (300, 2)))
    assert design.grid is None
    assert not design.grouped
    assert int(design.aside.sum()) == 30


@pytest.mark.parametrize("n", [1, 4, 7])
def test_very_few_rows_are_all_needed(n, rng):
    design, _ = design_of(rng.uniform(-1, 1, (n, 2)))
    assert design.aside is None


@pytest.mark.parametrize("n", [8, 20, 31])
def test_of_few_rows_a_quarter_is_set_aside(n, rng):
    design, _ = design_of(rng.uniform(-1, 1, (n, 2)))
    assert int(design.aside.sum()) == n // 4


@pytest.mark.parametrize(("n", "count"), [(40, 10), (90, 12), (250, 25), (3000, 300)])
def test_a_quarter_of_fifty_rows_or_a_tenth_of_all_are_set_aside(n, count, rng):
    design, _ = design_of(rng.uniform(-1, 1, (n, 2)))
    assert int(design.aside.sum()) == count


@pytest.mark.parametrize("shape", [(40,), (30, 7), (9, 12, 4)], ids=str)
def test_of_a_grid_inner_lines_are_set_aside(shape):
    design, _t = design_of(mesh(*(np.sqrt(np.arange(1.0, n + 1)) for n in shape)))
    aside = design.aside.view(design.grid.shape)
    assert design.grid.shape == shape
    for axis in range(len(shape)):
        lines = aside.movedim(axis, 0).reshape(shape[axis], -1).all(1)
        assert lines[1:-1].any()
        assert not lines[[0, -1]].any()
        kept = (~aside).movedim(axis, 0).reshape(shape[axis], -1)
        assert (kept.any(1) == ~lines).all()  # what stays is a grid


def test_on_a_symmetric_axis_mirror_images_go_together():
    """An odd fit of an odd function is right at -x because it is at x."""
    design, _ = design_of(mesh(np.linspace(-1, 1, 9), np.arange(30.0) ** 1.5))
    aside = design.aside.view(9, 30).all(1)
    assert (aside == aside.flip(0)).all()


def test_a_row_of_a_grid_stands_for_its_part_of_the_box():
    """Half a step on either side, mirrored at the ends: of nodes 0, 1, 3, 7 these are 1, 3/2, 3, 4."""
    design, _ = design_of([[0.0], [1.0], [3.0], [7.0]])
    expected = np.array([1.0, 1.5, 3.0, 4.0])
    np.testing.assert_allclose(design.cells, expected / expected.mean(), rtol=1e-14)


def test_tracks_are_left_out_whole(rng):
    rows = tracks(rng)
    design, t = design_of(rows)
    assert design.grouped
    number = np.round(t[:, 1].numpy() * 5.5 + 5.5)  # of the track
    for turn in design.turns:
        for track in range(12):
            share = turn.numpy()[number == track].mean()
            assert share in (0.0, 1.0)
    assert not any(turn.numpy()[np.isin(number, [0, 11])].any() for turn in design.turns)


@pytest.mark.parametrize("jitter", [0.0, 0.02])
def test_planes_are_left_out_whole(jitter, rng):
    design, t = design_of(planes(rng, jitter=jitter))
    height = np.round((t[:, 2].numpy() + 1) * 2)
    assert design.grouped
    seen = np.stack([turn.numpy() for turn in design.turns]).any(0)
    np.testing.assert_array_equal(seen, np.isin(height, [1, 2, 3]))


def test_crossing_tracks_are_left_out_by_balls(rng):
    """Straight lines through the box in all directions form one piece."""
    start, end = rng.uniform(-1, 1, (2, 12, 1, 2))
    share = np.linspace(-2, 2, 400)[None, :, None]
    rows = (start + share * (end - start)).reshape(-1, 2)
    design, _t = design_of(rows[np.abs(rows).max(1) < 1])
    assert design.grouped
    assert all(0 < float(turn.double().mean()) < 0.5 for turn in design.turns)


def test_tracks_with_random_steps_are_not_cut(rng):
    """Gaps along a track vary without a jump, so that curves in space are not cut."""
    rows = tracks(rng, 7, 60)
    design, t = design_of(np.column_stack([rows, np.repeat(rng.uniform(0, 10, 7), 60)]))
    number = np.round(t[:, 1].numpy() * 3 + 3)
    assert design.grouped
    for turn in design.turns:
        shares = np.array([turn.numpy()[number == track].mean() for track in range(7)])
        assert ((shares == 0) | (shares == 1)).all()


@pytest.mark.parametrize("n", [100, 1000])
@pytest.mark.parametrize("d", [2, 3])
def test_random_and_jittered_rows_are_judged_one_by_one(n, d, rng):
    axis = np.arange(round(n ** (1 / d)))
    jittered = mesh(*[axis] * d) + 0.05 * rng.standard_normal((len(axis) ** d, d))
    stretched = rng.uniform(-1, 1, (n, d))
    stretched[:, 0] **= 3
    assert not any(design_of(rows)[0].grouped for rows in (jittered, stretched))


@pytest.mark.parametrize("d", [2, 3])
def test_clusters_and_curves_are_neither_tracks_nor_planes(d, rng):
    """A cluster is as thick as it is long, and of a single curve nothing lies across."""
    centers = rng.uniform(-1, 1, (6, d))
    clusters = centers[rng.integers(0, 6, 1200)] + 0.05 * rng.standard_normal((1200, d))
    angle = rng.uniform(0, 2 * np.pi, 900)
    curve = np.stack([np.cos(angle), np.sin(angle), np.sin(2 * angle)][:d], 1)
    assert not design_of(clusters)[0].grouped
    assert not design_of(curve)[0].grouped


def test_places_lie_where_rows_are(rng):
    """Uniform in the box of a grid, in the hull of tracks; in clusters only within these."""
    clusters = np.concatenate([rng.uniform(0, 1, (200, 2)), rng.uniform(9, 10, (200, 2))])
    design, _t = design_of(clusters)
    assert len(design.places) == 1000
    assert (design.places.abs() > 0.79).all()
    box = design_of(mesh(np.arange(5.0), np.arange(9.0)))[0].places
    np.testing.assert_allclose(box.square().mean(0), 1 / 3, atol=0.01)
