"""The same as jaguar-mm map."""

if __name__ == '__main__':
    from jaguar_mm.cli.map import main

    main()
