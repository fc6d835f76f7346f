"""The page on which a microscope is put together: camera, objectives, pedal, and a name."""
