"""The products of the shops, their audits, and the webhook events that their changes cause."""
