"""Parts that browsers see: views, forms, middleware."""
