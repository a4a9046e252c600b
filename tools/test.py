"""The same as jaguar-mm test."""

if __name__ == '__main__':
    from jaguar_mm.cli.test import main

    main()
