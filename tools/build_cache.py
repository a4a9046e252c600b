"""The same as jaguar-mm build-cache."""

if __name__ == '__main__':
    from jaguar_mm.cli.build_cache import main

    main()
