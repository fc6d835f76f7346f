"""From the pixels of one field to cells with classes, and from cells to the slide's score.

Nothing here knows cameras, windows or files: a function takes an array and a pixel size.
"""
