import { isListenAnswer, type ListenAnswer, type SpaceId } from "@rostra/wire";
import { NetworkError } from "../errors.ts";
import { originOf } from "../platform.ts";
import { browserApiPlatform, HttpClient } from "./http.ts";

/**
 * Where there is room to listen to a space. Any edge answers, from memory. A `SpaceListener` asks by
 * itself where it needs to; this is for those who listen in other ways.
 * @param baseUrl origin of the server; left out: the page's own
 * @throws {ProblemError} `not-found`
 * @throws {NetworkError}
 */
export async function whereToListen(spaceId: SpaceId, baseUrl?: string): Promise<ListenAnswer> {
  const http = new HttpClient(originOf(baseUrl), browserApiPlatform());
  const path = `/api/v1/spaces/${spaceId}/listen`;
  const answer = await http.call({ method: "GET", path });
  if (isListenAnswer(answer)) return answer;
  throw new NetworkError("bad-answer", "The server's answer doesn't say where to listen");
}
