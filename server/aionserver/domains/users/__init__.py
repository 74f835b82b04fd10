"""Users: what a person does with the own account: profile, password, e-mail address, sessions, and its end."""
