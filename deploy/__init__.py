"""How the services are run: the local broker and supervisor, containers, Prometheus, Grafana."""
