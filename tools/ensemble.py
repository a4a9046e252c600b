"""The same as jaguar-mm ensemble."""

if __name__ == '__main__':
    from jaguar_mm.cli.ensemble import main

    main()
