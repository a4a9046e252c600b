"""The verbs of ``jaguar-mm``: each parses its flags, calls the rooms below and prints what they answer."""
