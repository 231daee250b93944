"""What the Magento store sells, sends and answers."""
