const isOpen = (ws) => ws.readyState === 1;

exports.all = (wss, text) => {
  for (const ws of [...wss.clients].filter(isOpen)) {
    ws.send(text);
  }
};
