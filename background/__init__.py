"""The base of the background threads that the processes of this project run."""
