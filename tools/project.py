"""The same as jaguar-mm project."""

if __name__ == '__main__':
    from jaguar_mm.cli.project import main

    main()
