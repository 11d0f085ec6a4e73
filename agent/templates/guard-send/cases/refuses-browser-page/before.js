const socket = new WebSocket('wss://' + window.location.host);

document.querySelector('form').addEventListener('submit', () => {
  socket.send('hello');
});
