"""What people and programs do in the store. An act changes products, and returns what Magento fires for it."""
