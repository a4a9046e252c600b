"""The same as jaguar-mm background."""

if __name__ == '__main__':
    from jaguar_mm.cli.background import main

    main()
