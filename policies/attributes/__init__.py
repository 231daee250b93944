"""What attribute values mean in queries: how Magento compares them, and which codes and values can match."""
