"""The console's users, second factors and audit."""
