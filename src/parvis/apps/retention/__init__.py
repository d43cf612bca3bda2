"""What the town keeps no longer than its calendar says: proposals, approvals, destructions, holds, certificates."""
