const { Server } = require('ws');

const wss = new Server({ port: 8080 });

setInterval(function () {
  wss.clients.forEach(function (ws) {
    if (ws.readyState === ws.OPEN) {
      ws.send('tick');
    }
  });
}, 1000);
