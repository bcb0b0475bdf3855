"""Parameters that differ from stage to stage."""

import pytest

from skspectral.stages.per_stage import at_stage, per_stage


@pytest.mark.parametrize("value", [7, None, "auto"])
def test_one_value_holds_for_every_stage(value):
    assert [at_stage(per_stage(value), stage) for stage in range(3)] == [value] * 3


@pytest.mark.parametrize("kind", [list, tuple])
def test_of_several_values_the_last_holds_for_all_stages_that_follow(kind):
    values = per_stage(kind([5, None, 2]))
    assert [at_stage(values, stage) for stage in range(5)] == [5, None, 2, 2, 2]


def test_the_list_of_the_user_is_not_handed_on():
    given = [4, 6]
    per_stage(given).append(8)
    assert given == [4, 6]
