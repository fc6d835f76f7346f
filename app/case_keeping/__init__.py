"""Between a sitting and the case store: what was done is kept, found again, and gone on with.

`keeper.CaseKeeper` saves for a session, `sittings` finds what was kept, `start.SittingStart`
decides what a session begins with, `folder` says where the cases lie.
"""
