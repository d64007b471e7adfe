"""Ways to an office: each adapter carries one parcel and says what the other side did with it."""
