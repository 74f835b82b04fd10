"""`python -m aionserver`: the same as the command `aionvision`."""

from aionserver.cli import main

if __name__ == "__main__":
    main()
