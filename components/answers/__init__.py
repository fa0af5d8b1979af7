"""A question over tables: the model's SQL, its rows, and the evidence."""
