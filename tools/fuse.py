"""The same as jaguar-mm fuse."""

if __name__ == '__main__':
    from jaguar_mm.cli.fuse import main

    main()
