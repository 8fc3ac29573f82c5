"""The wire between the reader, RabbitMQ and the site: the AMQP spec, the topology, the notices.

Read README.md. Nothing here knows Twisted or Tornado, and nothing happens at import.
"""
