"""What the trade needs of the outside, as Protocols. Adapters: ``shared.aws``; fakes: ``shared.testing``.

Every method may raise :class:`~shared.domain.errors.TransientError` when the outside fails; each
docstring names what else it raises.
"""
