"""The same as jaguar-mm threshold."""

if __name__ == '__main__':
    from jaguar_mm.cli.threshold import main

    main()
