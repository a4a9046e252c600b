"""``python -m jaguar_mm.cli VERB ...`` is ``jaguar-mm VERB ...``."""

from jaguar_mm.cli.main import main

if __name__ == '__main__':
    main()
