"""The same as jaguar-mm folds."""

if __name__ == '__main__':
    from jaguar_mm.cli.folds import main

    main()
