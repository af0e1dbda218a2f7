"""Hand out URLs politely and remember what became of them."""
