"""Asks the package index whether every pin of the lock has a wheel for each system and Python we promise.

Usage: lock_wheels.py [path of uv]      (needs a network; exit code 1 if a wheel is missing)

macOS counts from version 14 on: PyAV and ONNX Runtime have no wheels for older ones.
"""

import os
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parents[2] / "requirements.lock"
SYSTEMS = ("x86_64-manylinux_2_28", "x86_64-pc-windows-msvc", "aarch64-apple-darwin")
PYTHONS = ("3.11", "3.12", "3.13")


def main() -> int:
    """Resolve the lock for each system with wheels only."""
    uv = sys.argv[1] if len(sys.argv) > 1 else "uv"
    environment = os.environ | {"MACOSX_DEPLOYMENT_TARGET": "14.0"}
    missing = 0
    for system in SYSTEMS:
        for python in PYTHONS:
            command = [uv, "pip", "compile", LOCK, "--no-deps", "--only-binary", ":all:", "--no-header"]
            command += ["--python-platform", system, "--python-version", python, "--no-annotate", "-q"]
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
            missing += done.returncode != 0
            pins = done.stdout.count("==")
            print(f"{system} {python}: {f'{pins} wheels' if done.returncode == 0 else done.stderr.strip()}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
