"""The same as jaguar-mm score."""

if __name__ == '__main__':
    from jaguar_mm.cli.score import main

    main()
