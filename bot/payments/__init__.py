"""Money: orders, facts about payments, the providers that report them, and what they do to the books."""
