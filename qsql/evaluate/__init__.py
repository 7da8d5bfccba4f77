"""How often the answers are right: folders of questions, the field's own scorers, and a table of scores."""
