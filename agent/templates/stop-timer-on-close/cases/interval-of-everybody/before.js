const { Server } = require('ws');

const wss = new Server({ port: 8080 });

setInterval(function () {
  wss.clients.forEach(function (ws) {
    ws.send('tick');
  });
}, 1000);
