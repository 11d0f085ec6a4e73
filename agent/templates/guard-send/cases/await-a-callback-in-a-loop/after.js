async function replay(client, lines) {
  for (const line of lines) {
    if (client.readyState === client.OPEN) {
      await new Promise((resolve, reject) => {
        client.send(line, (error) => {
          if (error) return reject(error);
          resolve();
        });
      });
    }
  }
}

module.exports = replay;
