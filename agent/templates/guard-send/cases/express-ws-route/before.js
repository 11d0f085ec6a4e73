const express = require('express');
const app = express();
require('express-ws')(app);

app.ws('/news', (ws, req) => {
  ws.on('message', async (text) => {
    const answer = await lookUp(text);
    ws.send(answer);
  });
});

app.get('/', (req, res) => {
  res.send('ok');
});
