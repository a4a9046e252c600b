"""The same as jaguar-mm check-data."""

if __name__ == '__main__':
    from jaguar_mm.cli.check_data import main

    main()
