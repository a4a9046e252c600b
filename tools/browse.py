"""The same as jaguar-mm browse."""

if __name__ == '__main__':
    from jaguar_mm.cli.browse import main

    main()
