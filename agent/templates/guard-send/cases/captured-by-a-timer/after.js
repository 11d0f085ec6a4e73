const { Server } = require('ws');

const wss = new Server({ port: 8080 });

wss.on('connection', function (ws) {
  setTimeout(function () {
    if (ws.readyState === ws.OPEN) {
      ws.send('still there?');
    }
  }, 5000);
});
