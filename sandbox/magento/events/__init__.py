"""What Magento fires when something changes: events in order, with the data that an observer or plugin sees."""
