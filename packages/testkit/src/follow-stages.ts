import { decodeRoomEvent, stagesOf } from "@rostra/wire";

const RETRY_MS = 200;

/**
 * Follows what edges say of a space's stages, and stays with an edge as long as it answers.
 * @param changed called with the stages' names, the first one first, and with the edge that said so
 * @returns stops it
 */
export function followStages(
  edges: readonly string[],
  spaceId: string,
  changed: (stages: readonly string[], edge: string) => void,
): () => void {
  let socket: WebSocket;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const connect = (attempt: number) => {
    const edge = edges[attempt % edges.length]!;
    const url = `${edge.replace(/^http/, "ws")}/live/${spaceId}?sound=none`;
    socket = new WebSocket(url, "rostra.live.v1");
    socket.onmessage = ({ data }) => {
      const event = typeof data === "string" ? decodeRoomEvent(data) : undefined;
      if (event?.type === "welcome" || event?.type === "space") {
        changed(stagesOf(event.space), edge);
      } else if (event?.type === "move") socket.close();
    };
    socket.onclose = () => {
      if (!stopped) timer = setTimeout(() => connect(attempt + 1), RETRY_MS);
    };
  };
  connect(0);
  return () => {
    stopped = true;
    clearTimeout(timer);
    socket.close();
  };
}
