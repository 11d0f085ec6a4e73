export function tell(client {
  client.send('x');
}
