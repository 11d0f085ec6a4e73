/** What listeners are told about a title. */
export function announcement(title: string): string {
  return `now playing: ${title}`;
}
