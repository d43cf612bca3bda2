"""The privacy officer's pages of retention: proposals, holds, certificates."""
