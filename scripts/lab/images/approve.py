"""Approve the image recipes as they are now: `.venv/bin/python scripts/lab/images/approve.py`; commit recipes.lock."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from lab.images.recipe import approve

    sys.stdout.write(approve())
