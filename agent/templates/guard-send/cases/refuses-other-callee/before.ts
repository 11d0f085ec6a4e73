export function tell(client: any): void {
  client.send('x');
}
