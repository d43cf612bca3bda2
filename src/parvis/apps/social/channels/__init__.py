"""The networks, each a folder with a class that carries what `base.Network` says: docs/build/add-a-network.md."""
