import { OnGatewayDisconnect, WebSocketGateway } from "@nestjs/websockets"
import * as WS from "ws"

@WebSocketGateway()
export class TabGateway implements OnGatewayDisconnect {
	private peers = new Set<WS>()

	handleConnection(peer: WS) {
		this.peers.add(peer)
	}

	handleDisconnect(peer: WS): void {
		this.peers.delete(peer)
	}

	tell(text: string) {
		this.peers.forEach(p => {
			if (p.readyState === p.OPEN) {
				p.send(text)
			}
		})
	}
}
