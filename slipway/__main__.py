"""`python -m slipway`."""

from slipway.cli.app import main

if __name__ == "__main__":
    main()
