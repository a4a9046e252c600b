"""The same as jaguar-mm check-submission."""

if __name__ == '__main__':
    from jaguar_mm.cli.check_submission import main

    main()
