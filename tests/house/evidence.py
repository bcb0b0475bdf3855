"""Each numeric constant of the package has a test that fails where the constant is moved far.

Found by mutation: with the constant ten times as large, or a tenth as large, the test fails.
"""

import ast
from collections.abc import Mapping
from pathlib import Path

from house.constants import numeric_constants
from house.source import FUNCTIONS

# The tests of constants, file by file.
TESTS = {
    "backend/test_device.py": {
        "EPS": "test_rounding_is_that_of_double_precision",
    },
    "backend/test_scaling.py": {
        "MAX_LOG_UNEVENNESS": "test_axes_that_are_even_in_the_logarithm_are_scaled_by_it",
        "MIN_UNEVENNESS": "test_other_axes_are_scaled_linearly",
    },
    "estimators/test_parameters.py": {
        "TRAINING_COPIES": "test_layers_with_room_for_the_measured_peak_are_not_refused",
    },
    "estimators/test_tuner.py": {
        "BATCH_RATE": "test_batches_have_the_rate_that_they_learn_at",
        "BATCH_ROWS": "test_pixels_met_anywhere_in_their_cells_are_learned_by_heart_less",
        "PAPER_BOUNDS": "test_bounds_are_those_of_the_paper_if_none_are_given",
        "LAST_SHARE": "test_the_error_is_known_late_enough",
        "PERIOD": "test_units_times_readout_are_the_prediction",
    },
    "inspection/test_expansion.py": {
        "STEPS_PER_OCTAVE": "test_sizes_are_resolved_to_about_one_percent_for_each_input",
    },
    "linalg/test_axis_table.py": {
        "MAX_MIRRORED": "test_few_symmetric_nodes_have_mirror_images",
    },
    "linalg/test_least_squares.py": {
        "RIDGES": "test_ridges_damp_from_everything_down_to_rounding",
    },
    "linalg/test_tensor_least_squares.py": {
        "CROWDED_STEP_RATIO": "test_where_nodes_crowd_errors_are_those_of_the_neighboring_lines",
    },
    "networks/test_bounded.py": {
        "DEEP_START_SHARE": "test_layers_behind_start_where_sines_bend_but_little",
    },
    "networks/test_expansion.py": {
        "MIN_BOX_FILL": "test_the_box_is_taken_where_modes_fill_it",
    },
    "selection/test_design.py": {
        "GROUP_TURNS": "test_planes_are_left_out_whole",
        "THIN": "test_random_and_jittered_rows_are_judged_one_by_one",
    },
    "selection/test_doubts.py": {
        "TRUST": "test_tracks_are_said_to_tell_little_where_the_error_is_large",
        "WORTH_TWICE": "test_a_fit_that_explains_most_of_the_targets_is_not_said_to_explain_little",
    },
    "selection/test_error_bars.py": {
        "N_PROBES": "test_where_noise_is_left_the_level_is_that_of_its_coefficients",
    },
    "selection/test_fits.py": {
        "IMPROVEMENT": "test_the_best_rung_is_kept_whatever_comes_after",
        "MAX_IDLE_TRIALS": "test_the_search_ends_after_rungs_in_vain",
        "ROUNDING": "test_the_search_ends_after_rungs_in_vain",
    },
    "selection/test_noise_bound.py": {
        "SMOOTH_SHARE": "test_white_noise_is_seen_whole",
    },
    "selection/test_places.py": {
        "INNER_SHARE": "test_inner_places_leave_out_the_rim_alone",
    },
    "selection/test_whiteness.py": {
        "DEVIATIONS": "test_structure_is_not_white",
        "MAX_KURTOSIS": "test_structure_is_not_white",
        "MAX_SPATIAL_INPUTS": "test_few_rows_zeros_and_many_dimensions_tell_nothing",
        "MIN_ROWS_TO_JUDGE": "test_white_noise_is_white",
    },
    "series/test_by_tile.py": {
        "TILE_NODES": "test_filled_and_filtered_fields_scale_with_the_data",
    },
    "series/test_coefficient_prior.py": {
        "PRIOR_ROWS": "test_a_search_for_a_prior_costs_about_a_step_of_the_budget",
    },
    "series/test_grown_search.py": {
        "SEARCH_STEPS": "test_a_search_is_given_up_where_its_pace_promises_nothing",
    },
    "series/test_grid_process.py": {
        "DECAYS": "test_what_is_even_is_found_from_few_levels",
    },
    "series/test_grid_smooth.py": {
        "NOISE_LEVELS": "test_noise_may_be_far_less_than_the_finest_waves_and_far_more",
    },
    "series/test_limits.py": {
        "FREE_SHARE": "test_more_time_never_gives_a_worse_series",
    },
    "series/test_lines.py": {
        "FEW_STEPS": "test_a_tide_goes_on_beyond_the_rows",
        "LINES_PER_PASS": "test_a_tide_goes_on_beyond_the_rows",
    },
    "series/test_mapped_search.py": {
        "GROWTH": "test_few_large_sets_are_fitted",
        "MAP_STEP": "test_what_does_not_interact_is_found_out",
        "PLATEAU_FITS": "test_few_large_sets_are_fitted",
    },
    "series/test_with_gaps.py": {
        "MIN_EXPONENT": "test_every_cosine_of_the_grid_is_used",
    },
    "solvers/test_cost.py": {
        "STEP_FLOPS": "test_head_start_costs_what_the_step_does",
        "STEP_PRODUCTS": "test_cheapest_form",
    },
    "solvers/test_full.py": {
        "START_ALPHA": "test_start_keeps_what_rows_show_and_has_no_large_weights",
    },
    "solvers/test_matrix_free.py": {
        "ROUGH_STEP_PRODUCTS": "test_rough_steps_take_about_as_many_products_as_their_cost_counts",
    },
    "spectrum/test_aliases.py": {
        "STEEP_EXPONENT": "test_nothing_is_beyond_a_spectrum_that_falls_fast",
    },
    "spectrum/test_grid.py": {
        "SEAM_ORDER": "test_period_is_one_step_more_than_the_box",
        "SEAM_RATIO": "test_period_is_one_step_more_than_the_box",
    },
    "spectrum/test_power.py": {
        "FALLS": "test_noise_over_an_exact_power_law",
        "KERNEL_WIDTH": "test_spectrum_of_a_draw_is_found_within_a_factor_of_two",
    },
    "spectrum/test_rungs.py": {
        "EXTENSION": "test_open_axes_are_extended_and_mirrored",
        "MAX_FILL": "test_rungs_grow_and_leave_rows_to_judge_by",
        "SPARE": "test_scattered_rungs_grow_and_have_fewer_columns_than_rows",
    },
    "stages/test_driver.py": {
        "SETTLED": "test_what_is_left_ten_digits_below_the_targets_is_rounding",
    },
    "training/test_relocation.py": {
        "WORTHWHILE": "test_draws_find_the_waves_that_were_missed",
    },
    "training/test_starts.py": {
        "DRAWS_PER_START": "test_rings_are_met_on_few_rows",
        "MIN_GAIN": "test_rings_are_met_on_few_rows",
        "MIN_MODES": "test_rings_are_met_on_few_rows",
        "ROWS_PER_PARAMETER": "test_two_rows_determine_a_parameter",
        "SHAPES": "test_two_rows_determine_a_parameter",
    },
}


def violations(root: Path, tests: Mapping[str, Mapping[str, str]] = TESTS) -> list[str]:
    """Constants without a test, tests that do not exist, and entries that are out of date."""
    constants = set(numeric_constants(root))
    tested = {name for of_file in tests.values() for name in of_file}
    return [
        *(f"{name}: no test" for name in sorted(constants - tested)),
        *(f"{name}: not a numeric constant" for name in sorted(tested - constants)),
        *(problem for file, of_file in tests.items() for problem in _missing(root, file, of_file)),
    ]


def _missing(root: Path, file: str, of_file: Mapping[str, str]) -> list[str]:
    path = root / "tests" / file
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if path.exists() else ()
    names = {node.name for node in nodes if isinstance(node, FUNCTIONS)}
    return [f"{name}: {file}::{test} does not exist" for name, test in of_file.items() if test not in names]
