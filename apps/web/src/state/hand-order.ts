/** Orders of a queue as pure lists of ids. What isn't in the list changes nothing. */

/** Up (-1) or down (1) by places, as far as the ends. */
export function movedBy<Id>(order: readonly Id[], id: Id, places: number): readonly Id[] {
  const from = order.indexOf(id);
  return from < 0 ? order : movedTo(order, id, from + places);
}

/** To a place, counted from 0 in the list without the moved one. */
export function movedTo<Id>(order: readonly Id[], id: Id, place: number): readonly Id[] {
  const from = order.indexOf(id);
  const to = Math.min(order.length - 1, Math.max(0, place));
  if (from < 0 || from === to) return order;
  const rest = order.filter((other) => other !== id);
  return [...rest.slice(0, to), id, ...rest.slice(to)];
}

/**
 * Where something dragged belongs: below all rows whose middle it has passed.
 * @param middles vertical middles of the other rows, top to bottom, px @param y middle of the dragged
 */
export function placeAt(middles: readonly number[], y: number): number {
  return middles.filter((middle) => middle < y).length;
}

/**
 * The server's queue in the order that was asked for a moment ago: hands that came since then stand
 * at the end, those that went are gone.
 */
export function inOrder<Item extends { readonly id: string }>(
  items: readonly Item[],
  order: readonly string[],
): readonly Item[] {
  const rank = new Map(order.map((id, index) => [id, index]));
  const rankOf = (item: Item) => rank.get(item.id) ?? order.length;
  return [...items].sort((a, b) => rankOf(a) - rankOf(b));
}
