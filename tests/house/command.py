"""One test command: what the README says is what .ci/run runs, and runs last."""

import os
from pathlib import Path


def violations(root: Path) -> list[str]:
    """Ways in which .ci/run and the README's test command have parted."""
    script, readme = root / ".ci" / "run", root / "README.md"
    missing = [f"{p.relative_to(root)}: missing" for p in (script, readme) if not p.exists()]
    if missing:
        return missing
    lines = script.read_text(encoding="utf-8").splitlines()
    command = lines[-1] if lines else ""
    demands = {
        "not executable": os.access(script, os.X_OK),
        "does not stop at an error": "set -euo pipefail" in lines,
        "its last line does not end in the tests": command.endswith("&& pytest"),
        "its last line is not in the README": _stands_alone(command, readme),
    }
    return [f".ci/run: {problem}" for problem, met in demands.items() if not met]


def _stands_alone(command: str, readme: Path) -> bool:
    """Whether a line of the README is the command, up to Markdown's dressing."""
    lines = readme.read_text(encoding="utf-8").splitlines()
    return command in {line.strip().removeprefix("$ ").strip("`") for line in lines}
