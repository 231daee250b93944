"""What a person may ask and do, by the hand tool or in the console: both say it their own way, and do it in one."""
