"""The database itself: connections, transactions, column types, sealed values."""
