"""Where mail that came back lies: each adapter hands out what is unread, and marks it."""
