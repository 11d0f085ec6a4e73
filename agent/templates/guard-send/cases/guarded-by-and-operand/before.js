module.exports = (clients, text) => {
  clients.forEach((c) => c.readyState === 1 && c.send(text));
};
