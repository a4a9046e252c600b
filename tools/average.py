"""The same as jaguar-mm average."""

if __name__ == '__main__':
    from jaguar_mm.cli.average import main

    main()
