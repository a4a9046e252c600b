"""The same as jaguar-mm embed."""

if __name__ == '__main__':
    from jaguar_mm.cli.embed import main

    main()
