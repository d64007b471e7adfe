"""The `noinhan` command. It owns nothing: it reads files, topics and the services' HTTP interfaces."""
