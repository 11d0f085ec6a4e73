import { HistoryService } from './history.service';

describe('HistoryService', () => {
  it('returns the lines of one room', async () => {
    const history = new HistoryService();
    history.append('kitchen', 'dinner');
    history.append('garden', 'rain');

    await expect(history.latest('kitchen')).resolves.toEqual(['dinner']);
  });

  it('keeps the latest fifty', async () => {
    const history = new HistoryService();
    for (let line = 1; line <= 60; line += 1) history.append('kitchen', String(line));

    const lines = await history.latest('kitchen');

    expect(lines).toHaveLength(50);
    expect(lines[0]).toBe('11');
  });
});
