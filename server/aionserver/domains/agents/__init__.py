"""Search agents: requests in plain words, answered from the tenant's library with what was found and why."""
