"""What every service process needs and none decides: settings, logs, metrics, health, Kafka, a graceful stop."""
