"""The data model of conda: values that cross borders, and functions with a name that parse them. Standard library only."""
