"""What the commands share: context, errors, arguments, formats."""
