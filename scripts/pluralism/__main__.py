"""`python -m pluralism`: the same as the command `pluralism`."""

from pluralism.cli import main

if __name__ == "__main__":
    main()
