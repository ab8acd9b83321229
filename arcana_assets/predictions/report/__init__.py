"""What is told of predictions to people: who predicts and why, and the card of a model.

Belongs here: sentences, sections and their figures. Does not belong here: the figures themselves (the other files), how
pages look (`exports.pages`), the screen (`dashboard`).
"""
