"""The memory: tables, migrations, and one module for each kind of record."""
