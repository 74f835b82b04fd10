"""What all server tests share."""

pytest_plugins = ["plugins.database", "plugins.product", "plugins.served", "plugins.s3", "plugins.disks"]
