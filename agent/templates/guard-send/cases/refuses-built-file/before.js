class ChatGateway {
  tell(client) {
    client.send('x');
  }
}
exports.ChatGateway = ChatGateway;
