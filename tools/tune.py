"""The same as jaguar-mm tune."""

if __name__ == '__main__':
    from jaguar_mm.cli.tune import main

    main()
