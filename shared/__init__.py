"""What every service of Escriba shares: the trade, its ports, the worker loop and the adapters."""
