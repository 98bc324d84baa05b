"""``python -m sdcert`` is the command ``sdcert``."""

from sdcert.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
