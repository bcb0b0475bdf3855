"""Noisy photographs: what is compared, what is judged, and what is printed."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.denoising import command


@pytest.fixture(scope="module")
def plane():
    x = np.linspace(0, 1, 32)
    return command.compare("plane", (x[:, None] + x) / 2, 25.0)


def test_a_plane_is_nearly_free_of_noise(plane):
    assert plane.noisy == pytest.approx(20 * np.log10(255 / 25), abs=0.5)
    assert plane.gain > 5


def test_images_are_square_and_gray():
    found = dict(command.images(64))
    assert len(found) == 4
    assert all(image.shape == (64, 64) and 0 <= image.min() < image.max() <= 1 for image in found.values())


def test_each_criterion_can_fail(plane):
    good = replace(plane, ours=30.0, wiener=28.0, blur=29.0, noise_found=0.9)
    assert all(figure <= bound for figure, bound in command.criteria([good]).values())
    worse = replace(good, ours=29.2, noise_found=1.3)
    assert not any(figure <= bound for figure, bound in command.criteria([worse]).values())


@pytest.mark.slow
def test_the_command_writes_what_it_prints(tmp_path, capsys):
    command.main(["--size", "32", "--sigmas", "25", "--out", str(tmp_path / "noise.json")])
    printed, data = capsys.readouterr().out, json.loads((tmp_path / "noise.json").read_text())
    assert len(data["results"]) == 4
    assert all(f"{one['ours']:.2f}" in printed for one in data["results"])
