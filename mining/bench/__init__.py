"""How fast and how large the miner is on this machine: `make bench-mining`."""
