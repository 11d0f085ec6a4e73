exports.tell = (socket, text) => {
  if (socket.readyState > socket.OPEN) return;
  socket.send(text);
};
