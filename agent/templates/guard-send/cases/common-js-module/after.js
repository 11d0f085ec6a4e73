const { WebSocketServer } = require('ws')

const wss = new WebSocketServer({ port: 8080 })
const clients = new Set()

wss.on('connection', (ws) => {
  clients.add(ws)
  ws.on('close', () => {
    clients.delete(ws)
  })
  ws.on('message', (data) => {
    if (ws.readyState === ws.OPEN) {
      ws.send('got it')
    }
  })
})

function broadcast(message) {
  for (const client of clients) {
    if (client.readyState === client.OPEN) {
      client.send(message)
    }
  }
}

exports.broadcast = broadcast
