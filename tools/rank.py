"""The same as jaguar-mm rank."""

if __name__ == '__main__':
    from jaguar_mm.cli.rank import main

    main()
