"""The same as jaguar-mm synthesise."""

if __name__ == '__main__':
    from jaguar_mm.cli.synthesise import main

    main()
