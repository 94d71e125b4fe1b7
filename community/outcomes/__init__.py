"""What became of a theme: drafted by a product manager, told to those who raised it, shown to everybody.

It puts insights, complaints, the forum and notifications together, so no feature may know it.
"""
