"""The exit: signing, tokens, pace, errors, the wanted listing and the plan of calls."""
