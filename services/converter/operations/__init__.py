"""The operations, one module each: file in, file or numbers out. None of them knows AWS."""
