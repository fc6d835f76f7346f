"""The page on which a camera is calibrated behind each objective."""
