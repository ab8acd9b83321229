"""What is built: one folder per customer domain, YAML only. How it is built is `components`."""
