exports.all = (clients, text) => {
  for (const id in clients) {
    if (clients[id].readyState === clients[id].OPEN) {
      clients[id].send(text);
    }
  }
};
