"""The rules of the policies that a listing template names: price, inventory and images."""
