"""The data model of conda: values that cross borders, and functions that parse them; standard library only."""
