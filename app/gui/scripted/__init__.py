"""The windows used by a script in place of a person: mouse, keys, and what comes of them."""
