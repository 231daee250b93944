"""Cases from the field: bodies that public reports and a real Magento showed, with what is right."""
