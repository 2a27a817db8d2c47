"""`python -m qa`, the same as `qa`."""

from qa.cli import main

main()
