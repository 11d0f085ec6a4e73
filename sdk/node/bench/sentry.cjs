// Before everything else, as its guide says.

require('@sentry/node').init({ dsn: `http://public@127.0.0.1:${process.env.PORT_OF_SINK}/1` });
