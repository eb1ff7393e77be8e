import { type ReadonlySignal, signal } from "@preact/signals";
import type { BlockedPerson, RostraApi } from "@rostra/client";
import type { PresentPerson, SpaceId, UserId } from "@rostra/wire";
import { announce } from "./announcer.ts";
import { failureWords } from "./failure.ts";

type NamesApi = Pick<RostraApi, "hideName" | "showName" | "hiddenNames">;

/** Which listeners' names the hosts of one space keep off the list of people. For hosts alone. */
export class HiddenNames {
  readonly #api: NamesApi;
  readonly #spaceId: SpaceId;
  readonly #list = signal<readonly BlockedPerson[]>([]);
  readonly #problem = signal("");

  constructor(api: NamesApi, spaceId: SpaceId) {
    this.#api = api;
    this.#spaceId = spaceId;
  }

  /** The first hidden first. */
  get list(): ReadonlySignal<readonly BlockedPerson[]> {
    return this.#list;
  }

  /** Why the last of it didn't work, as a sentence; empty: it did. */
  get problem(): ReadonlySignal<string> {
    return this.#problem;
  }

  /** Another host may have hidden some. Never rejects, as the others here. */
  refresh(): Promise<void> {
    return this.#attempt(async () => {
      this.#list.value = await this.#api.hiddenNames(this.#spaceId);
    });
  }

  hide({ id, displayName }: PresentPerson): Promise<void> {
    return this.#attempt(async () => {
      await this.#api.hideName(this.#spaceId, id, displayName);
      this.#list.value = [
        ...this.#list.value.filter((each) => each.id !== id),
        { id, displayName },
      ];
      announce(`Hid the name ${displayName}. It can be shown again below the list.`);
    });
  }

  show(id: UserId): Promise<void> {
    return this.#attempt(async () => {
      await this.#api.showName(this.#spaceId, id);
      this.#list.value = this.#list.value.filter((each) => each.id !== id);
      announce("The name may be shown again");
    });
  }

  async #attempt(action: () => Promise<void>): Promise<void> {
    this.#problem.value = "";
    try {
      await action();
    } catch (error) {
      this.#problem.value = failureWords(error);
    }
  }
}
