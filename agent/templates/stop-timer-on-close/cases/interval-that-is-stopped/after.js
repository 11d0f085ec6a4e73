const { Server } = require('ws');

new Server({ port: 8080 }).on('connection', function (ws) {
  const timer = setInterval(function () {
    if (ws.readyState === ws.OPEN) {
      ws.send('tick');
    }
  }, 1000);
  ws.on('close', function () {
    clearInterval(timer);
  });
});
