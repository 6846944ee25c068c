"""Reading a CT and finding its skeleton."""
