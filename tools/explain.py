"""The same as jaguar-mm explain."""

if __name__ == '__main__':
    from jaguar_mm.cli.explain import main

    main()
