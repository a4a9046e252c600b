"""The same as jaguar-mm mask."""

if __name__ == '__main__':
    from jaguar_mm.cli.mask import main

    main()
