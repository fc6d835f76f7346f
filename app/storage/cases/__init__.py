"""The case store: one folder with a database and the images of its fields.

`store.open_store` opens it, `writer.CaseWriter` is the one thread that writes, the functions
of `reader` read. The images lie beside the database, named by the hash of their bytes.
"""
