"""The routes, one module a resource. Each says who may call it: a ``CallerId`` parameter means a key."""
