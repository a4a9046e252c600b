"""The same as jaguar-mm find-lr."""

if __name__ == '__main__':
    from jaguar_mm.cli.find_lr import main

    main()
