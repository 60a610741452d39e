"""Built-in plugins: each one a folder, or one file while it is small."""
