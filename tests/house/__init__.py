"""The house: which room may open onto which, and that its names are ours."""
