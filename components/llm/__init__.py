"""Talking to models: one vocabulary, a few protocols, a catalogue of providers, and the model built in."""
