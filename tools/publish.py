"""The same as jaguar-mm publish."""

if __name__ == '__main__':
    from jaguar_mm.cli.publish import main

    main()
