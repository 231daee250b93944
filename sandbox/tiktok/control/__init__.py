"""The controls of the sandbox: `/_sandbox`, faults, holds, the seller and the pages."""
