"""Methods by name."""

import pytest

from benchmarks.accuracy.methods import DEFAULT, methods, parse_variant


def test_variants():
    assert parse_variant("default") == ("default", {})
    assert parse_variant("a:n_modes=[8, 4],init='scale'") == (
        "a",
        {"n_modes": [8, 4], "init": "scale"},
    )


@pytest.mark.parametrize("text", ["a", "", "a:", "a:3", "a:b=c", "a:b=", "a:**b", "default:b=1"])
def test_variants_that_say_nothing_clear_are_refused(text):
    with pytest.raises(ValueError, match="name:parameter=literal"):
        parse_variant(text)


def test_only_the_default_carries_the_promise():
    ours, linear, peer = methods([DEFAULT, "linear:n_modes=1"], ["rbf"])
    assert [m.name for m in (ours, linear, peer)] == ["ours default", "ours linear", "rbf"]
    assert [m.is_ours for m in (ours, linear, peer)] == [True, True, False]
    assert [m.is_default for m in (ours, linear, peer)] == [True, False, False]
