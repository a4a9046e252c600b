"""The same as jaguar-mm group."""

if __name__ == '__main__':
    from jaguar_mm.cli.group import main

    main()
