"""The API calls that read or change products, one module for each kind."""
