"""`python -m sandbox kafka|tiktok|magento ...`: run one part in this process."""

from __future__ import annotations

import sys
from importlib import import_module

PARTS = ("kafka", "tiktok", "magento")


def main() -> int:
    """Pass the rest of the command line to the part's `serve` module. Return its exit code, 2 for an unknown part."""
    part, *arguments = sys.argv[1:] or [""]
    if part not in PARTS:
        print(f"usage: python -m sandbox {{{'|'.join(PARTS)}}} [--help]", file=sys.stderr)
        return 2
    code: int = import_module(f"sandbox.{part}.serve").main(arguments)
    return code


if __name__ == "__main__":
    sys.exit(main())
