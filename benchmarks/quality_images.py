"""What is found, named and read in pictures, each beside the bare methods in the same run.

    AION_EVAL_DIR=../shared/eval python benchmarks/quality_images.py [--cache FILE] [--most N]

The goals: ours beats every bare method, and captions find their photo among the first five a tenth more often.
"""

import argparse
from pathlib import Path

from _finding import CAPTIONS, EVAL, OBJECTS, print_finding
from _naming import print_naming
from _reading import RECEIPTS, print_reading
from _served import print_machine

from aionserver.models.bundled import load_bundled


def main() -> None:
    """Print the three tables."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--cache", type=Path, help="pickle that keeps what the networks said of the photos")
    arguments.add_argument("--most", type=int, help="photos and receipts looked at for names and words; default: all")
    chosen = arguments.parse_args()
    if not all((EVAL / name).is_dir() for name in (CAPTIONS, OBJECTS, RECEIPTS)):
        print(f"skipped: no evaluation data in {EVAL} (set AION_EVAL_DIR)")
        return
    print_machine()
    models = load_bundled(1)
    print("\nfound: captions as queries")
    print_finding(models, chosen.cache)
    print("\nnamed: objects of 64 photos")
    print_naming(models, chosen.most)
    print("\nread: words of 20 receipts")
    print_reading(models, chosen.most)


if __name__ == "__main__":
    main()
