"""The same as jaguar-mm export-backbone."""

if __name__ == '__main__':
    from jaguar_mm.cli.export_backbone import main

    main()
