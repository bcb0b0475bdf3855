"""Layers: a room imports from rooms before it alone, and a file from files before it in its room."""

import ast
from collections.abc import Iterator
from pathlib import Path

from house.source import PACKAGE, Source, sources

# Each room with the rooms that it may import, and its files in order.
ROOMS: dict[str, tuple[str, str]] = {
    "_backend": (
        "",
        "onnx_files budget blocks parts recorder clock logs interrupts callbacks sklearn_base device "
        "threads rows principal random scaling inputs samples large_inputs",
    ),
    "linalg": (
        "_backend",
        "errors axes panels polynomials cosine_transform conjugate_gradients least_squares "
        "axis_table tensor_least_squares tensor_interpolation tensor_process cosine_filter gap_filling "
        "harmonics mapped_cosines cosine_sums normal_equations product_sums kriging",
    ),
    "spectrum": (
        "_backend linalg",
        "grid neighbors gaps axis lattice roughness nonuniform line_periodogram power aliases "
        "input_modes rungs",
    ),
    "networks": (
        "_backend linalg",
        "fourier boxes expansion beyond dense alike recast bounded initialization sensitivity fitted "
        "exported prepared derivatives products integrals variances",
    ),
    "solvers": (
        "_backend linalg",
        "status problem driver eliminated full jacobian cost dual primal matrix_free levenberg_marquardt "
        "lbfgs adam",
    ),
    "selection": (
        "_backend linalg spectrum networks solvers",
        "thresholds whiteness noise_bound undersampling places outliers holes design compare whole "
        "readout fits levels followed progress doubts local_errors error_bars coverage",
    ),
    "series": (
        "_backend linalg spectrum networks solvers selection",
        "grid_fit by_tile denoised grid_smooth grid_interpolants grid_process periodic on_grid with_gaps "
        "decay index_sets mapped_fit mapped_trial mapped_judge mapped_maps whole_fit mapped_search "
        "mapped_series polynomial_sets coefficient_prior process_likelihood bells process_mean "
        "gaussian_process on_line wiener grown_fit grown_search scattered varying periods lines linear "
        "modes best",
    ),
    "training": (
        "_backend linalg spectrum networks solvers selection",
        "train starts matching_pursuit relocation contenders opinions screening more_rows network_fit "
        "random_features",
    ),
    "stages": (
        "_backend linalg spectrum networks solvers selection series training",
        "per_stage driver whole spectral_multistage multi_grade tuner",
    ),
    "estimators": (
        "_backend linalg spectrum networks solvers selection series training stages",
        "records boxes parameters history publishing reporting formula export chunks outliers calculus "
        "base spectral_multistage multi_grade tuner features",
    ),
    # Scores, pictures and data are for any regressor: they know nothing of ours.
    "metrics": ("", "digits"),
    "inspection": (
        "",
        "samples pipeline_gradient drawing grid labels fields radial image_quality merged bessel_terms "
        "expansion expansion_display field_rows field_display scattered spectrum stages",
    ),
    "datasets": (
        "",
        "checks grids interpolation samples images tones vorticity turbulence",
    ),
}
INIT = "__init__"  # hands on what its room has; nobody in the room imports it


def violations(root: Path) -> list[str]:
    """Imports that go up or sideways, or through the front door; rooms and files without a place."""
    inside = [s for s in sources(root, (PACKAGE,)) if s.path != Path(PACKAGE, "__init__.py")]
    return [problem for source in inside for problem in _problems(source)]


def _problems(source: Source) -> Iterator[str]:
    room, file = source.path.parts[1], source.path.stem
    if room not in ROOMS:
        yield f"{source.path.as_posix()}: {room} has no layer"
        return
    rooms, files = (names.split() for names in ROOMS[room])
    if file not in {INIT, *files}:
        yield f"{source.path.as_posix()}: {file} has no place in {room}"
        return
    before = files if file == INIT else files[: files.index(file)]
    for node, (target, *rest) in _imports(source):
        if target == room and (not rest or rest[0] not in before):
            yield f"{source.at(node)}: {file} imports {'.'.join([room, *rest[:1]])}"
        elif target not in {room, *rooms}:
            yield f"{source.at(node)}: {room} imports {target}"


def _imports(source: Source) -> Iterator[tuple[ast.stmt, list[str]]]:
    """Each import of ours with the room and file it reaches; a name of the front door counts as a room."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            modules = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(source, node)
            modules = [[*module, alias.name] for alias in node.names]
        else:
            continue
        yield from ((node, ([*m, PACKAGE])[1:]) for m in modules if m[0] == PACKAGE)


def _absolute(source: Source, node: ast.ImportFrom) -> list[str]:
    module = node.module.split(".") if node.module else []
    if node.level == 0:
        return module
    package = source.path.parent.parts
    return [*package[: len(package) - node.level + 1], *module]
