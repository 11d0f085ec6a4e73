import { WebSocketGateway } from "@nestjs/websockets"
import * as WS from "ws"

@WebSocketGateway()
export class TabGateway {
	private peers = new Set<WS>()

	handleConnection(peer: WS) {
		this.peers.add(peer)
	}

	tell(text: string) {
		this.peers.forEach(p => p.send(text))
	}
}
