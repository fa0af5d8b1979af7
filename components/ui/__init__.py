"""The shared screen: what every page begins with and is made of."""
