"""The same as jaguar-mm compare."""

if __name__ == '__main__':
    from jaguar_mm.cli.compare import main

    main()
