const { WebSocketServer } = require('ws')

const wss = new WebSocketServer({ port: 8080 })
const clients = new Set()

wss.on('connection', (ws) => {
  clients.add(ws)
  ws.on('message', (data) => {
    if (ws.readyState !== 2 /* CLOSING */ && ws.readyState !== 3 /* CLOSED */) {
      ws.send('got it')
    }
  })
})

function broadcast(message) {
  for (const client of clients) {
    if (client.readyState !== 2 /* CLOSING */ && client.readyState !== 3 /* CLOSED */) {
      client.send(message)
    }
  }
}

exports.broadcast = broadcast
