import type { SpaceSnapshot } from "@rostra/wire";

/** What the space is called, and who invites. */
export function SpaceTitle({ space }: { space: SpaceSnapshot }) {
  const host = space.members.find((member) => member.role === "host")?.displayName;
  const words = [host === undefined ? "" : `Hosted by ${host}`, space.topics.join(", ")];
  return (
    <div>
      <h1 id="space-title">{space.title}</h1>
      <p class="space__host soft">{words.filter((word) => word !== "").join(" · ")}</p>
    </div>
  );
}
