"""The same as jaguar-mm train."""

if __name__ == '__main__':
    from jaguar_mm.cli.train import main

    main()
