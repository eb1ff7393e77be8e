import { useSignal } from "@preact/signals";
import type { RaisedHand } from "@rostra/client";
import { useEffect, useRef } from "preact/hooks";
import { announce } from "../../state/announcer.ts";
import { movedBy, movedTo, placeAt } from "../../state/hand-order.ts";
import { stagePowers } from "../../state/stage-powers.ts";
import { DownIcon, GripIcon, UpIcon } from "./stage-icons.tsx";
import type { Desk } from "./stage-view.tsx";
import { type MovedBy, useKeptFocus } from "./use-kept-focus.ts";

/** Who asks to speak: in order, to be asked on stage or sent back to listening. */
export function HandsPanel({ desk }: { desk: Desk }) {
  const { listening, moderation, queue } = desk;
  useEffect(() => queue.start(), [queue]);
  const hands = queue.hands.value;
  const box = useRef<HTMLElement>(null);
  const moved = useRef<MovedBy | null>(null);
  useKeptFocus(box, hands.map(({ id }) => id).join(), moved);
  const space = listening.space.value;
  if (space === null) return null;
  const { handsOpen } = space.settings;
  return (
    <section class="card hands" aria-labelledby="hands-heading" ref={box}>
      <div class="space__row">
        <h2 id="hands-heading" class="figures" tabIndex={-1}>
          Hands ({hands.length})
        </h2>
        <div class="hands__controls">
          <button
            type="button"
            class="button"
            disabled={hands.length === 0}
            onClick={() => moderation.lowerHands(queue, hands)}
          >
            Lower all
          </button>
          <button
            type="button"
            class="button"
            aria-keyshortcuts="H"
            onClick={() =>
              void moderation.do({ do: "settings", settings: { handsOpen: !handsOpen } })
            }
          >
            {handsOpen ? "Close hands" : "Open hands"}
          </button>
        </div>
      </div>
      {hands.length === 0 ? (
        <p class="soft">{handsOpen ? "No hand is up." : "Hands are closed."}</p>
      ) : (
        <HandList desk={desk} hands={hands} moved={moved} />
      )}
      <Asked desk={desk} />
    </section>
  );
}

interface Drag {
  readonly id: string;
  /** How far it was pulled, px. */
  readonly byPx: number;
}

interface HandListProps {
  readonly desk: Desk;
  readonly hands: readonly RaisedHand[];
  readonly moved: { current: MovedBy | null };
}

function HandList({ desk, hands, moved }: HandListProps) {
  const { moderation, queue } = desk;
  const list = useRef<HTMLOListElement>(null);
  const drag = useSignal<Drag | null>(null);
  const order = hands.map(({ id }) => id);
  const reorder = (next: typeof order | readonly RaisedHand["id"][], hand: RaisedHand) => {
    if (next === order) return;
    announce(`${hand.displayName} is number ${next.indexOf(hand.id) + 1} of ${next.length}.`);
    void moderation.order(queue, next);
  };
  const drop = (hand: RaisedHand) => {
    const pulled = drag.value;
    drag.value = null;
    if (pulled === null || list.current === null) return;
    reorder(
      movedTo(order, hand.id, placeOf(list.current, order.indexOf(hand.id), pulled.byPx)),
      hand,
    );
  };
  return (
    <ol class="hands__list" ref={list}>
      {hands.map((hand, index) => (
        <li
          key={hand.id}
          data-hand={hand.id}
          class={`hands__row ${drag.value?.id === hand.id ? "hands__row--dragged" : ""}`}
          ref={(row) => {
            const byPx = drag.value?.id === hand.id ? drag.value.byPx : 0;
            row?.style.setProperty("--by", `${byPx}px`);
          }}
        >
          <Grip
            onPull={(byPx) => {
              drag.value = { id: hand.id, byPx };
            }}
            onDrop={() => drop(hand)}
          />
          <span class="hands__name">
            <span class="figures soft">{index + 1}</span> {hand.displayName}
          </span>
          <HandButtons
            hand={hand}
            isFirst={index === 0}
            isLast={index === hands.length - 1}
            onMove={(places) => {
              moved.current = { id: hand.id, places };
              reorder(movedBy(order, hand.id, places), hand);
            }}
            onLower={() => moderation.lowerHands(queue, [hand])}
            onInvite={() =>
              void moderation.do({ do: "invite", id: hand.id, role: "speaker" }, hand.displayName)
            }
          />
        </li>
      ))}
    </ol>
  );
}

/** Where a row that was pulled by so much belongs among the others. */
function placeOf(list: HTMLElement, from: number, byPx: number): number {
  const middles = [...list.children].map((row, index) => {
    const box = row.getBoundingClientRect();
    // The dragged row's own box has moved with the pointer already.
    return box.top + box.height / 2 - (index === from ? byPx : 0);
  });
  const pulledTo = (middles[from] ?? 0) + byPx;
  return placeAt(
    middles.filter((_, index) => index !== from),
    pulledTo,
  );
}

/** For pointers alone: whoever uses keys has the two arrows, which do the same. */
function Grip(props: { onPull: (byPx: number) => void; onDrop: () => void }) {
  const fromY = useRef<number | null>(null);
  return (
    <span
      class="hands__grip"
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        fromY.current = event.clientY;
      }}
      onPointerMove={(event) => {
        if (fromY.current !== null) props.onPull(event.clientY - fromY.current);
      }}
      onPointerUp={() => {
        fromY.current = null;
        props.onDrop();
      }}
      onPointerCancel={() => {
        fromY.current = null;
        props.onDrop();
      }}
    >
      <GripIcon size={20} />
    </span>
  );
}

interface HandButtonsProps {
  readonly hand: RaisedHand;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly onMove: (places: number) => void;
  readonly onLower: () => void;
  readonly onInvite: () => void;
}

function HandButtons({ hand, isFirst, isLast, onMove, onLower, onInvite }: HandButtonsProps) {
  const name = hand.displayName;
  return (
    <span class="hands__buttons">
      <button
        type="button"
        class="button button--quiet button--round"
        aria-label={`Move ${name} up`}
        data-places={-1}
        disabled={isFirst}
        onClick={() => onMove(-1)}
      >
        <UpIcon size={20} />
      </button>
      <button
        type="button"
        class="button button--quiet button--round"
        aria-label={`Move ${name} down`}
        data-places={1}
        disabled={isLast}
        onClick={() => onMove(1)}
      >
        <DownIcon size={20} />
      </button>
      <button type="button" class="button" aria-label={`Lower ${name}'s hand`} onClick={onLower}>
        Lower
      </button>
      <button
        type="button"
        class="button button--primary"
        aria-label={`Invite ${name} on stage`}
        onClick={onInvite}
      >
        Invite
      </button>
    </span>
  );
}

/** Who was asked on stage by name and hasn't answered yet. */
function Asked({ desk }: { desk: Desk }) {
  const { listening, moderation, queue, me } = desk;
  const space = listening.space.value;
  if (space === null || space.invited.length === 0) return null;
  const { canHandOver } = stagePowers(space, me);
  return (
    <ul class="hands__asked" aria-label="Invited, not answered yet">
      {space.invited.map(({ id, displayName, asHost = false }) => {
        const name = displayName ?? queue.nameOf(id) ?? "Somebody";
        const canAsk = canHandOver && !asHost;
        return (
          <li key={id} class={`hands__row ${canAsk ? "hands__row--two" : ""}`}>
            <span class="hands__name">
              {name}{" "}
              <span class="small soft">
                {asHost ? "asked to host" : "invited"}, not answered yet
              </span>
            </span>
            <span class={canAsk ? "hands__buttons" : ""}>
              {canAsk && (
                <button
                  type="button"
                  class="button"
                  aria-label={`Ask to host: ${name}`}
                  onClick={() => void moderation.do({ do: "hand-over", id }, name)}
                >
                  Ask to host
                </button>
              )}
              <button
                type="button"
                class="button"
                aria-label={`Withdraw ${name}'s invitation`}
                onClick={() => void moderation.do({ do: "withdraw", id }, name)}
              >
                Withdraw
              </button>
            </span>
          </li>
        );
      })}
    </ul>
  );
}
