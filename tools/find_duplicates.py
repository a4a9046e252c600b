"""The same as jaguar-mm find-duplicates."""

if __name__ == '__main__':
    from jaguar_mm.cli.find_duplicates import main

    main()
