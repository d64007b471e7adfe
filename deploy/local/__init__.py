"""Everything on one machine with nothing but Python: an Apache Kafka broker and a supervisor for the services."""
