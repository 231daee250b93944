"""The controls of the sandbox: `/_sandbox`, Seller Center and the pages."""
