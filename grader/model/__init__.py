"""The nouns of the grader: frozen values without behaviour that touches the world."""
