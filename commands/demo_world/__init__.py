"""The demo: a world of its own and the trial of every rule."""
