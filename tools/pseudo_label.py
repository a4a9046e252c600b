"""The same as jaguar-mm pseudo-label."""

if __name__ == '__main__':
    from jaguar_mm.cli.pseudo_label import main

    main()
