module.exports = (c, text) => {
  c.readyState !== c.OPEN || c.send(text);
};
