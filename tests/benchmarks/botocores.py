"""What depends on botocore, on the oldest, an older and the newest botocore: ``python tests/benchmarks/botocores.py``.

Each gets its own environment, of the Python that runs this. One table shows the targets of ``run.py`` side by side; the
exit status is 1 if one is missed.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import venv
from pathlib import Path

from table import Target, compare

ROOT = Path(__file__).parents[2]
#: The benchmarks that botocore's own speed changes.
BENCHMARKS = ("calls", "scopes", "imports")


def main() -> None:
    """Measures with each botocore, and prints the table."""
    # The oldest that the package allows, with the boto3 of its time.
    allowed = re.findall(r'"((?:botocore|boto3)>=[\d.]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    oldest = [one.replace(">=", "==") for one in allowed]
    runs = dict(measured(*versions) for versions in (oldest, ["botocore==1.40.*", "boto3==1.40.*"], []))
    missed = compare(runs)
    if missed:
        raise SystemExit(f"missed: {len(missed)}")


def measured(*versions: str) -> tuple[str, list[Target]]:
    """The botocore that these requirements bring, and what was measured with it."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python, result = Path(folder, "bin", "python"), Path(folder, "targets.json")
        needed = [f"{ROOT}[test]", "moto[server]", *versions]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *needed], check=True)
        version = subprocess.check_output([python, "-c", "import botocore; print(botocore.__version__)"], text=True)
        print(f"\nbotocore {version}", end="", flush=True)
        # Its exit status says only whether a target is missed; without a result it has failed.
        subprocess.run([python, Path(__file__).with_name("run.py"), *BENCHMARKS, "--json", result])
        return version.strip(), [Target(*one) for one in json.loads(result.read_text())]


if __name__ == "__main__":
    main()
