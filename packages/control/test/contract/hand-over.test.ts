import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ControlWorld, type Person } from "./control-world.ts";

const world = await ControlWorld.begin();
beforeAll(() => world.start());
afterAll(() => world.stop());

async function space() {
  const [ada, bob] = [await world.guest("Ada"), await world.guest("Bob")];
  const id = await world.open(ada);
  const path = `/api/v1/spaces/${id}`;
  const call = (method: string, to: string, as: Person, body?: object) =>
    world.call(method, `${path}${to}`, { as, ...(body && { body }) });
  const roles = () => {
    const { members } = world.shown(id)!;
    return members.map(({ displayName, role }) => `${displayName} ${role}`);
  };
  return { ada, bob, id, call, roles };
}

describe("handing a space over", () => {
  it("makes somebody who only listens the host when they accept, under the same link", async () => {
    const { ada, bob, id, call, roles } = await space();
    const offered = await call("POST", "/host", ada, { userId: bob.id });
    expect(offered.status).toBe(200);
    expect(offered.body.host.id).toBe(ada.id);
    expect(offered.body.invited).toEqual([{ id: bob.id, role: "cohost", asHost: true }]);
    expect((await call("GET", "/me", bob)).body).toMatchObject({
      invited: "cohost",
      invitedAsHost: true,
    });
    const accepted = await call("POST", "/stage", bob);
    expect(accepted.body).toMatchObject({ id, url: offered.body.url, invited: [] });
    expect(accepted.body.host.id).toBe(bob.id);
    expect(roles()).toEqual(["Ada cohost", "Bob host"]);
    // Asked again, it is done already; the host of before has nothing to hand over.
    expect((await call("POST", "/stage", bob)).status).toBe(200);
    expect((await call("POST", "/host", ada, { userId: ada.id })).status).toBe(403);
    expect((await call("POST", "/end", bob)).status).toBe(200);
  });

  it("makes the first who follows a link for it the host, and nobody after them", async () => {
    const { ada, bob, call, roles } = await space();
    const link = (await call("POST", "/invitations", ada, { role: "host" })).body;
    expect(link.url).toContain(`?invitation=${link.invitation}`);
    const cy = await world.guest("Cy");
    const { invitation } = link;
    expect((await call("POST", "/stage", bob, { invitation })).status).toBe(200);
    expect((await call("POST", "/stage", cy, { invitation })).status).toBe(403);
    expect((await call("POST", "/stage", bob, { invitation })).status).toBe(403);
    expect(roles()).toEqual(["Ada cohost", "Bob host"]);
    // Given back, the old link hands over nothing.
    expect((await call("POST", "/host", bob, { userId: ada.id })).status).toBe(200);
    expect((await call("POST", "/stage", cy, { invitation })).status).toBe(403);
    expect(roles()).toEqual(["Ada host", "Bob cohost"]);
  });

  it("is the host's to offer, to one at a time, and can be declined or withdrawn", async () => {
    const { ada, bob, id, call, roles } = await space();
    const cohost = await world.guest("Cohost");
    await world.invite(id, ada, cohost, "cohost");
    const cy = await world.guest("Cy");
    for (const to of ["/host", "/invitations"]) {
      const body = to === "/host" ? { userId: cy.id } : { userId: cy.id, role: "host" };
      expect((await call("POST", to, cohost, body)).status).toBe(403);
    }
    expect((await call("POST", "/invitations", cohost, { role: "host" })).status).toBe(403);
    await call("POST", "/host", ada, { userId: bob.id });
    const next = await call("POST", "/invitations", ada, { role: "host", userId: cy.id });
    expect(next.body.invited).toEqual([{ id: cy.id, role: "cohost", asHost: true }]);
    expect((await call("POST", "/stage", bob)).status).toBe(403);
    expect((await call("DELETE", `/invitations/${cy.id}`, cy)).status).toBe(204);
    expect((await call("POST", "/stage", cy)).status).toBe(403);
    // Handed to somebody on stage meanwhile: what was offered before is void.
    await call("POST", "/host", ada, { userId: bob.id });
    expect((await call("POST", "/host", ada, { userId: cohost.id })).status).toBe(200);
    expect((await call("POST", "/stage", bob)).status).toBe(403);
    expect(roles()).toEqual(["Ada cohost", "Cohost host"]);
  });

  it("brings the new host's own block list, whoever they come as", async () => {
    const { ada, bob, id, call, roles } = await space();
    const cy = await world.guest("Cy");
    await world.invite(id, ada, cy, "speaker");
    await world.call("PUT", `/api/v1/blocks/${cy.id}`, { as: bob });
    await call("POST", "/host", ada, { userId: bob.id });
    await call("POST", "/stage", bob);
    expect(roles()).toEqual(["Ada cohost", "Bob host"]);
  });
});
