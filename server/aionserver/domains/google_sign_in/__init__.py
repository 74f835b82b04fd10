"""Signing in with Google, or with whatever OpenID provider the operator names instead.

The authorization code flow with PKCE, state and nonce; and ID tokens that a page got from Google's own button. An
identity is the provider's subject, never its e-mail address, which may pass to somebody else.
"""
