"""Judges what is said in a group, without storage or gateway: text, pictures, rules, the advertisement filter."""
