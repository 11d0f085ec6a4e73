"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.tell = void 0;
function tell(client) {
    client.send('x');
}
exports.tell = tell;
