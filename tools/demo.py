"""The same as jaguar-mm demo."""

if __name__ == '__main__':
    from jaguar_mm.cli.demo import main

    main()
