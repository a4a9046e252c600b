"""The same as jaguar-mm train-matcher."""

if __name__ == '__main__':
    from jaguar_mm.cli.train_matcher import main

    main()
