"""The same as jaguar-mm study."""

if __name__ == '__main__':
    from jaguar_mm.cli.study import main

    main()
